using System.Text.RegularExpressions;
using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Training;

/// <summary>Which trainable tensors decay: as HF's Trainer, all but biases and the parameters of norms.</summary>
internal static partial class WeightDecay
{
    private const string KeyPrefix = "base_model.model.";

    public static bool AppliesTo(TrainableTensor tensor, BaseModel model)
    {
        if (Undecayed().IsMatch(tensor.Key))
            return false;
        string name = tensor.Key.StartsWith(KeyPrefix, StringComparison.Ordinal) ? tensor.Key[KeyPrefix.Length..] : tensor.Key;
        int dot = name.LastIndexOf('.');
        return dot < 0 || model.FindNode(name[..dot]) is not (LayerNorm or RmsNorm);
    }

    // The patterns of transformers' get_decay_parameter_names.
    [GeneratedRegex(@"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Undecayed();
}
