using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>
/// Columns of the inputs in which a single large value would leave the rest of its row too few of the 127 steps (Dettmers et
/// al. 2022, arXiv:2208.07339): they are multiplied as they are, and the others in int8.
/// </summary>
internal static class OutlierColumns
{
    /// <summary>A column is one if some |x| in it is above this.</summary>
    public const float Threshold = 6;

    /// <summary>Sets the flags of the columns in which this row is above the threshold, or no number; few rows have any.</summary>
    public static unsafe void Mark<T>(T* row, int width, byte[] flags)
        where T : unmanaged, IElement<T>
    {
        for (int j = 0; j < width; j++)
            if (!(MathF.Abs(T.One(row[j])) <= Threshold))
                flags[j] = 1;
    }

    /// <summary>The columns whose flags are set.</summary>
    public static long[] Of(byte[] flags)
    {
        List<long> columns = [];
        for (int at = flags.AsSpan().IndexOf((byte)1); at >= 0 && at < flags.Length; at++)
            if (flags[at] != 0)
                columns.Add(at);
        return [.. columns];
    }

    /// <summary>The factors of the quantised product: 0 for these columns and 1 for the others.</summary>
    public static Tensor Others(long[] columns, int width)
    {
        float[] factors = new float[width];
        Array.Fill(factors, 1);
        foreach (long column in columns)
            factors[column] = 0;
        return tensor(factors);
    }

    /// <summary>y += x[:, columns] W[:, columns]ᵀ.</summary>
    /// <param name="y">(rows, out), contiguous.</param>
    /// <param name="x">(rows, in).</param>
    /// <param name="weight">W (out, in).</param>
    /// <param name="columns">The columns.</param>
    public static void AddProduct(Tensor y, Tensor x, Tensor weight, long[] columns)
    {
        using var scope = NewDisposeScope();
        Tensor index = tensor(columns);
        y.PlusInPlace(x.index_select(1, index).matmul(weight.index_select(1, index).t()));
    }
}
