namespace PeftSharp.Methods.LoKr;

/// <summary>
/// How a weight (out, in) splits into a Kronecker product: out = OutLeft · OutRight, in = InLeft · InRight, so that the left
/// factor is (OutLeft, InLeft) and the right one (OutRight, InRight).
/// </summary>
internal readonly record struct KroneckerShape(long OutLeft, long OutRight, long InLeft, long InRight)
{
    /// <summary>The split for a layer.</summary>
    /// <param name="outFeatures">The outputs.</param>
    /// <param name="inFeatures">The inputs.</param>
    /// <param name="factor"><c>decompose_factor</c>.</param>
    public static KroneckerShape Of(long outFeatures, long inFeatures, int factor)
    {
        (long outLeft, long outRight) = Split(outFeatures, factor);
        (long inLeft, long inRight) = Split(inFeatures, factor);
        return new(outLeft, outRight, inLeft, inRight);
    }

    /// <summary>
    /// A size as a product: the factor itself where it divides the size, else the largest divisor that is neither above the
    /// factor nor above the square root.
    /// </summary>
    internal static (long Left, long Right) Split(long size, int factor)
    {
        if (factor > 0 && size % factor == 0)
            return (factor, size / factor);
        long left = 1;
        for (long divisor = 2; divisor * divisor <= size && (factor == -1 || divisor <= factor); divisor++)
            if (size % divisor == 0)
                left = divisor;
        return (left, size / left);
    }
}
