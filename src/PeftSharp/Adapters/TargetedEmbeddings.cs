using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Adapters;

/// <summary>
/// HF saves the embedding and the output head themselves where <c>target_modules</c> names one of them by its usual name,
/// since their rows may have been resized (<c>get_peft_model_state_dict</c> in peft's utils/save_and_load.py).
/// </summary>
internal static class TargetedEmbeddings
{
    private static readonly string[] _usual = ["embed_tokens", "lm_head"];

    /// <summary>Saves the weights of those of them that are adapted.</summary>
    public static void Carry(AdapterBuilder builder, PeftOptions options)
    {
        if (options is not TargetedOptions { SavesTargetedEmbeddings: true, TargetModules: { IsAllLinear: false } targets } || !AreTargeted(builder.Model, targets))
            return;
        BaseModel model = builder.Model;
        foreach (Node node in model.Nodes.Where(node => builder.Adapts(node)))
            if (node == model.TokenEmbedding || (node is Linear { IsHead: true } && model.Task is TaskType.CausalLanguageModel or TaskType.SequenceToSequence))
                foreach (Parameter parameter in node.Parameters)
                    builder.Carry($"{node.Path}.base_layer.{parameter.LocalName}", parameter);
    }

    private static bool AreTargeted(BaseModel model, TargetModules targets) =>
        targets.Names is { } names
            ? _usual.Any(names.Contains)
            : model.Nodes.Any(node => _usual.Contains(node.Name) && targets.Matches(node.Path));
}
