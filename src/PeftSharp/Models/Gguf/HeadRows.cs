using static TorchSharp.torch;

namespace PeftSharp.Models.Gguf;

/// <summary>
/// The order of the rows of query and key projections. Hugging Face rotates the first half of a head with the second half,
/// llama.cpp each even row with the odd one after it: row i of the first half and row i of the second become rows 2i and 2i + 1.
/// </summary>
internal static class HeadRows
{
    /// <summary>The heads whose rows are in another order, or 0 for a tensor that is the same in both.</summary>
    /// <param name="name">Hugging Face's name.</param>
    /// <param name="heads">The query heads.</param>
    /// <param name="groups">The key heads.</param>
    public static int Of(string name, int heads, int groups) =>
        name.Contains(".self_attn.q_proj.", StringComparison.Ordinal) ? heads
        : name.Contains(".self_attn.k_proj.", StringComparison.Ordinal) ? groups
        : 0;

    /// <summary>From Hugging Face's order to llama.cpp's; the tensor itself where heads is 0.</summary>
    public static Tensor ToGguf(Tensor tensor, int heads) => Swap(tensor, heads, 2, tensor.shape[0] / Math.Max(heads, 1) / 2);

    /// <summary>From llama.cpp's order to Hugging Face's; the tensor itself where heads is 0.</summary>
    public static Tensor ToHuggingFace(Tensor tensor, int heads) => Swap(tensor, heads, tensor.shape[0] / Math.Max(heads, 1) / 2, 2);

    private static Tensor Swap(Tensor tensor, int heads, long outer, long inner)
    {
        if (heads == 0)
            return tensor;
        using var scope = NewDisposeScope();
        return tensor.reshape([heads, outer, inner, .. tensor.shape[1..]]).transpose(1, 2).reshape(tensor.shape).MoveToOuterDisposeScope();
    }
}
