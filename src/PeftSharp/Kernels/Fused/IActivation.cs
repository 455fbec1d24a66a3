namespace PeftSharp.Kernels.Fused;

/// <summary>A function of each value alone, and its derivative.</summary>
internal interface IActivation
{
    static abstract V Value<V>(V x)
        where V : unmanaged, IVector<V>;

    static abstract V Slope<V>(V x)
        where V : unmanaged, IVector<V>;
}
