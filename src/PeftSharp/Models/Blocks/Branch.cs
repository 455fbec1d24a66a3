using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// How a part of a layer (attention, feed-forward) stands beside the residual stream x:
/// <c>end(dropout(after(part(before(x)))), x)</c>, where the end adds both and, in post-norm families, normalises the sum.
/// </summary>
/// <param name="End">Where the part's output joins the stream.</param>
internal sealed record Branch(SubLayer End)
{
    /// <summary>The norm of what the part reads (pre-norm families), or null.</summary>
    public INorm? Before { get; init; }

    /// <summary>The norm of what the part gives, before it is added (Gemma 2), or null.</summary>
    public INorm? After { get; init; }

    /// <summary>The probability with which values of the part's output are dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>What the part reads; the caller owns it.</summary>
    public Tensor Enter(Tensor x, Pass pass) => Before?.Forward(x, pass) ?? x.alias();

    /// <summary>The stream behind the part; the caller owns it.</summary>
    /// <param name="output">What the part gives.</param>
    /// <param name="residual">The stream that it is added to.</param>
    /// <param name="pass">The active tuners.</param>
    public Tensor Leave(Tensor output, Tensor residual, Pass pass)
    {
        if (After is null)
            return End.Forward(output, residual, pass, Dropout);
        using Tensor normal = After.Forward(output, pass);
        return End.Forward(normal, residual, pass, Dropout);
    }
}
