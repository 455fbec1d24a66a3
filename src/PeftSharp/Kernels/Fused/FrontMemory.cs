using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>Keys or values of sequences, with those in front of each that are not its own.</summary>
internal readonly unsafe struct FrontMemory<T>(Tensor own, Tensor? front)
    where T : unmanaged, IElement<T>
{
    private readonly HeadMemory<T> _own = new(own);
    private readonly HeadMemory<T> _front = new(front ?? own);

    /// <summary>Copies those of one head together and widens them: first the ones in front, then its own from <paramref name="start"/> on.</summary>
    public void Gather(int batch, int group, int inFront, int start, in AttentionSizes shape, float* into)
    {
        if (inFront > 0)
            HeadScratch.Gather(_front.At(0, group), _front.Row, inFront, shape.Width, into);
        HeadScratch.Gather(_own.At(batch, group) + start * _own.Row, _own.Row, shape.Keys - inFront, shape.Width, into + (nint)inFront * shape.Width);
    }

    /// <summary>The way back; what is in front goes to the sequence's own place.</summary>
    public void Scatter(int batch, int group, int sequence, int inFront, int start, in AttentionSizes shape, float* from)
    {
        if (inFront > 0)
            HeadScratch.Scatter(from, inFront, shape.Width, _front.At(sequence, group), _front.Row);
        HeadScratch.Scatter(from + (nint)inFront * shape.Width, shape.Keys - inFront, shape.Width, _own.At(batch, group) + start * _own.Row, _own.Row);
    }
}
