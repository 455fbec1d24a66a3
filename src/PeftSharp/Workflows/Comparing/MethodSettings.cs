using PeftSharp.Data;
using PeftSharp.Methods;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Comparing;

/// <summary>What a method is tried with where a comparison gives its name only.</summary>
/// <param name="PeftType">The method.</param>
/// <param name="LearningRate">The peak of the learning rate, which matters more than any option and differs most between methods.</param>
/// <param name="Why">What the choice rests on.</param>
/// <param name="Options">Keys of <c>peft:</c> that differ from the method's own defaults.</param>
public sealed record MethodSettings(string PeftType, string LearningRate, string Why, params IReadOnlyList<(string Key, string Value)> Options)
{
    /// <summary>One line a method; those that need trained adapters, source tasks or token ids have none.</summary>
    public static IReadOnlyList<MethodSettings> All { get; } =
    [
        new("LORA", "1e-3", "alpha twice the rank as usual; between the 1e-4 of large models and the 3e-3 that small ones bear", ("r", "8"), ("lora_alpha", "16")),
        new("BOTTLENECK", "1e-3", "AdapterHub's usual design; new networks that start near the identity bear a high rate", ("preset", "seq_bn"), ("reduction_factor", "16")),
        new("PREFIX_TUNING", "1e-2", "keys and values start at random and move slowly; 20 tokens do for classification", ("num_virtual_tokens", "20")),
        new("PROMPT_TUNING", "5e-2", "a few rows have to steer everything and move slowly: on SST-2 0.83 against 0.79 at 1e-2", ("num_virtual_tokens", "10")),
        new("P_TUNING", "1e-3", "a network makes the rows, so it needs less than prompt tuning", ("num_virtual_tokens", "10")),
        new("BITFIT", "1e-3", "biases alone: the paper's best rates lie around 1e-3"),
        new("LN_TUNING", "1e-3", "gains and biases of the norms: as BitFit"),
        new("IA3", "2e-2", "only scales what is there, so it needs a high rate: on SST-2 0.873 against 0.867 at 1e-2"),
        new("VERA", "1e-2", "vectors only: ten times LoRA's"),
        new("ADALORA", "1e-3", "as LoRA, which it ends as", ("lora_alpha", "16")),
        new("LOHA", "1e-3", "as LoRA"),
        new("LOKR", "1e-3", "as LoRA"),
        new("OFT", "1e-3", "rotations start at the identity: as LoRA"),
        new("BOFT", "1e-3", "as OFT"),
        new("MISS", "1e-3", "as LoRA, of which it is a case"),
        new("REFT", "1e-3", "the paper's rates for encoders lie between 4e-4 and 1e-3", ("r", "4")),
        new("FULL", "5e-5", "the usual rate of fine-tuning BERT; a higher one forgets"),
    ];

    /// <summary>The settings of a method.</summary>
    /// <param name="peftType">Its name.</param>
    /// <param name="place">For the message.</param>
    /// <exception cref="ConfigException">There is no such method, or it has no settings that would do for any task.</exception>
    public static MethodSettings Of(string peftType, string place)
    {
        peftType = ValueAliases.Method(peftType);
        string[] names = [.. All.Select(settings => settings.PeftType)];
        if (All.FirstOrDefault(settings => settings.PeftType == peftType) is { } found)
            return found;
        throw new ConfigException(PeftMethods.Names.Contains(peftType)
            ? $"{place}: {peftType} needs options that depend on the task; make it a variant of the compare section: {{name: {peftType}, peft_type: {peftType}, …}}."
            : $"{place}: there is no method \"{peftType}\"{NearestName.Suggestion(peftType, names)}; it is one of {string.Join(", ", names)}.");
    }
}
