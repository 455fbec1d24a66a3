using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Models.Gguf;

/// <summary>A weight under Hugging Face's name, whose values are asked for when they are written.</summary>
/// <param name="Name">Such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Shape">Its sizes, slowest first.</param>
/// <param name="Load">Gives the values; called within a dispose scope.</param>
internal sealed record NamedWeight(string Name, IReadOnlyList<long> Shape, Func<Tensor> Load)
{
    /// <summary>All weights of a checkpoint.</summary>
    public static IEnumerable<NamedWeight> Of(ICheckpoint checkpoint) =>
        checkpoint.Names.Select(name => new NamedWeight(name, checkpoint.Info(name).Shape, () => checkpoint.Load(name)));
}
