using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>The gradients of <see cref="Heads"/>; those of keys in front are summed over the sequences at the end.</summary>
internal sealed class HeadGradients
{
    private readonly bool[] _wanted;

    public HeadGradients(Heads heads, AttentionRows rows, bool[] wanted)
    {
        _wanted = wanted;
        Q = wanted[0] ? empty_like(heads.Q) : null;
        bool front = heads.FrontK is not null;
        // The kernel makes those of the own keys and of those in front together.
        K = wanted[1] || (front && wanted[3]) ? empty_like(heads.K) : null;
        V = wanted[2] || (front && wanted[4]) ? empty_like(heads.V) : null;
        FrontK = front && K is not null ? PerSequence(heads.FrontK!, rows) : null;
        FrontV = front && V is not null ? PerSequence(heads.FrontV!, rows) : null;
    }

    public Tensor? Q { get; }

    public Tensor? K { get; }

    public Tensor? V { get; }

    /// <summary>(sequences, key/value heads, count, width).</summary>
    public Tensor? FrontK { get; }

    public Tensor? FrontV { get; }

    /// <summary>One for each of <see cref="Heads.Inputs"/>; null for one that is not wanted.</summary>
    public Tensor?[] Results()
    {
        Tensor? k = _wanted[1] ? K : null, v = _wanted[2] ? V : null;
        return _wanted.Length == 3
            ? [Q, k, v]
            : [Q, k, v, _wanted[3] ? FrontK!.sum([0], keepdim: true) : null, _wanted[4] ? FrontV!.sum([0], keepdim: true) : null];
    }

    private static Tensor PerSequence(Tensor front, AttentionRows rows) =>
        empty([rows.Count, .. front.shape[1..]], dtype: front.dtype);
}
