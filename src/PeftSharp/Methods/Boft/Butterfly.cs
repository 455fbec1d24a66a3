namespace PeftSharp.Methods.Boft;

/// <summary>
/// The order in which a butterfly factor takes the inputs: within groups of 2ⁱ blocks, halves of blocks are put with the even
/// ones first, so that each block of the factor joins inputs of blocks that were apart.
/// </summary>
internal static class Butterfly
{
    /// <summary>The order of factor <paramref name="factor"/>: place i holds input order[i].</summary>
    /// <param name="inputs">The inputs of the layer.</param>
    /// <param name="blockSize">The width of a block, even where there are several factors.</param>
    /// <param name="factor">The factor, from 0, which leaves the inputs where they are.</param>
    public static long[] Order(long inputs, long blockSize, int factor)
    {
        long half = blockSize / 2;
        long group = blockSize << factor;
        long[] order = new long[inputs];
        for (long start = 0; start < inputs; start += group)
        {
            long at = start;
            // The even halves, then the odd ones.
            for (int parity = 0; parity < 2; parity++)
                for (long piece = parity; piece < group / half; piece += 2)
                    for (long i = 0; i < half; i++)
                        order[at++] = start + piece * half + i;
        }
        return order;
    }

    /// <summary>The order that undoes another.</summary>
    public static long[] Inverse(long[] order)
    {
        long[] inverse = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
            inverse[order[i]] = i;
        return inverse;
    }
}
