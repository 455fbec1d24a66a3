using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PromptLearning;

/// <summary>Learned embeddings in front of those of the tokens: [P; E[ids]], P (count, width).</summary>
/// <param name="count">How many.</param>
/// <param name="rows">Makes P for a call, or more rows of which P is the first; what it returns is the caller's.</param>
internal sealed class VirtualEmbeddings(int count, Func<FrontCall, Tensor> rows) : IFrontTuner
{
    public int Count => count;

    public FrontPlace Place { get; init; }

    public Tensor Rows(FrontCall call)
    {
        Tensor all = rows(call);
        if (all.shape[^2] == count)
            return all;
        using (all)
            return all.narrow(-2, 0, count);
    }
}
