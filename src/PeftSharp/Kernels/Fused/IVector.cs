namespace PeftSharp.Kernels.Fused;

/// <summary>
/// Some fp32 values side by side: eight (<see cref="V8"/>) or, with AVX-512, sixteen (<see cref="V16"/>). Kernels are written once
/// over it; the compiler makes both of it.
/// </summary>
internal unsafe interface IVector<TSelf>
    where TSelf : unmanaged, IVector<TSelf>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    static abstract TSelf Create(float value);

    static abstract TSelf Load(float* from);

    static abstract TSelf Load<T>(T* from)
        where T : unmanaged, IElement<T>;

    static abstract void Store(TSelf value, float* into);

    /// <summary>Rounds to nearest even where the element is narrower.</summary>
    static abstract void Store<T>(TSelf value, T* into)
        where T : unmanaged, IElement<T>;

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a b + c.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>The processor's own minimum, one instruction: of NaN it makes either.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>The processor's own maximum.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Round(TSelf x);

    /// <summary>x 2ⁿ for whole n that keep the exponent in its range.</summary>
    static abstract TSelf TimesPowerOfTwo(TSelf x, TSelf n);

    /// <summary><paramref name="value"/>, or 0 where x is below the bound.</summary>
    static abstract TSelf ZeroBelow(TSelf x, float bound, TSelf value);

    /// <summary><paramref name="negative"/> where x is below 0, else <paramref name="other"/>.</summary>
    static abstract TSelf WhereNegative(TSelf x, TSelf negative, TSelf other);

    /// <summary><paramref name="value"/>, or x itself where that is NaN.</summary>
    static abstract TSelf KeepNaN(TSelf x, TSelf value);

    static abstract float Sum(TSelf x);

    static abstract float Largest(TSelf x);

    /// <summary>As bits: n, n + 1, n + 2, …</summary>
    static abstract TSelf Places(uint n);

    /// <summary>As bits: x ^ y.</summary>
    static abstract TSelf Xor(TSelf x, uint y);

    /// <summary>As bits: x ^ (x ≫ count).</summary>
    static abstract TSelf XorShifted(TSelf x, int count);

    /// <summary>As bits: x · y.</summary>
    static abstract TSelf Times(TSelf x, uint y);

    /// <summary>The value where the bits are, as a number, not below the bound; else 0.</summary>
    static abstract TSelf WhereNotBelow(TSelf bits, uint bound, float value);
}
