using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Shared;

/// <summary>The distributions that initial values are drawn from, fp32 on the CPU.</summary>
internal static class InitialValues
{
    /// <summary>torch's kaiming_uniform with a = √5: uniform in ±1/√columns.</summary>
    public static Tensor Kaiming(Generator random, long rows, long columns)
    {
        double bound = 1 / Math.Sqrt(columns);
        return rand([rows, columns], generator: random).Times(2 * bound).Plus(-bound);
    }

    /// <summary>As <see cref="Kaiming"/>, or zeros.</summary>
    public static Tensor KaimingOr(bool zero, Generator random, long rows, long columns) =>
        zero ? zeros([rows, columns]) : Kaiming(random, rows, columns);

    /// <summary>Normal values around 0.</summary>
    public static Tensor Normal(Generator random, double deviation, params long[] shape) =>
        randn(shape, generator: random).Times(deviation);
}
