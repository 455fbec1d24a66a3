namespace PeftSharp.Methods.Lora;

/// <summary>Which starts can be made here, and what a trained folder that names another one means.</summary>
internal static class LoraInitChecks
{
    /// <summary>Refuses to begin training with a start that needs what is not here.</summary>
    public static void RequireTrainable(LoraInit init)
    {
        string? use = init.Kind switch
        {
            LoraInitKind.Eva => "needs the activations of the training data; use \"orthogonal\", or make the start with HF PEFT (initialize_lora_eva_weights), save it and train on from that folder",
            LoraInitKind.LoftQ => "makes up for the error of a quantised base; use true, or \"pissa\"",
            LoraInitKind.LoraGa => "needs gradients of the training data; use \"pissa\" or \"olora\"",
            LoraInitKind.Corda => "needs the activations of the data; use \"pissa\" or \"olora\"",
            LoraInitKind.Mica => "trains A alone; use \"orthogonal\" or \"pissa\"",
            _ => null,
        };
        if (use is not null)
            throw new PeftException($"init_lora_weights \"{LoraInitFile.Word(init.Kind)}\" {use}. A trained adapter that began so is loaded like any other.");
        if (init.Iterations is < 0 or > LoraInitFile.MostIterations)
            throw new PeftException($"init_lora_weights \"pissa_niter_{init.Iterations}\": N is from 1 to {LoraInitFile.MostIterations}.");
    }

    /// <summary>What has to be said when a trained folder with such a start is loaded, or null.</summary>
    /// <exception cref="PeftException">Its base was changed in a way that nothing here can redo.</exception>
    public static string? OnLoad(LoraInit init) => init switch
    {
        { Kind: LoraInitKind.Corda } => throw new PeftException(
            "init_lora_weights \"corda\": training took a part off the base's weights that depends on its data, and the folder does not hold it, so neither HF PEFT nor PeftSharp can tell the base that the adapter is for. Save it converted to LoRA (HF PEFT's save_pretrained with path_initial_model_for_weight_conversion), or, where the base given is the changed one, set init_lora_weights to true in adapter_config.json."),
        { Kind: LoraInitKind.LoraGa } =>
            "init_lora_weights \"lora_ga\": training took a part off the base's weights that the folder does not hold; as in HF PEFT the adapter is put on the base as it is given, which is right only where that is the changed one or the adapter was saved converted to LoRA.",
        { Kind: LoraInitKind.LoftQ } =>
            "init_lora_weights \"loftq\": the adapter was trained on a quantised base and makes up for its error; on another base its answers differ by that error.",
        { Kind: LoraInitKind.Olora } =>
            "init_lora_weights \"olora\": as in HF PEFT the weights of the adapted modules are decomposed again (QR), and that part is taken off the base while this adapter is active.",
        { IsDrawnFromBase: true } =>
            $"init_lora_weights \"pissa_niter_{init.Iterations}\": the random decomposition that training began with is not in the folder (HF PEFT draws another one at each load); the exact one is taken in its place, which differs a little. Save such adapters converted to LoRA, as PeftSharp does.",
        _ => null,
    };
}
