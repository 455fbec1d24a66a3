using TorchSharp;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// Arithmetic of a tensor with a number. TorchSharp turns a number into a native scalar whose finalizer may free it
/// while the native call still reads it; here the scalar lives until the call has returned, and is freed at once.
/// </summary>
internal static class ScalarMath
{
    /// <summary>The factor of the second operand in every sum of two tensors; it is never freed.</summary>
    private static readonly Scalar _one = 1L.ToScalar();

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, _one);

    /// <summary>x ← x + y.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor y) => x.add_(y, _one);

    /// <summary>x²; TorchSharp's <c>square</c> is a power with a number in it.</summary>
    public static Tensor Squared(this Tensor x) => x.mul(x);

    /// <summary>x · number.</summary>
    public static Tensor Times(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.mul(scalar);
    }

    /// <summary>x ← x · number.</summary>
    public static Tensor TimesInPlace(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.mul_(scalar);
    }

    /// <summary>x + number; whole numbers keep an integer tensor integer.</summary>
    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.add(scalar, _one);
    }

    /// <summary>x ← x + number.</summary>
    public static Tensor PlusInPlace(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.add_(scalar, _one);
    }

    /// <summary>x / number.</summary>
    public static Tensor DividedBy(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.div(scalar);
    }

    /// <summary>x³.</summary>
    public static Tensor Cubed(this Tensor x)
    {
        using Scalar three = 3L;
        return x.pow(three);
    }

    /// <summary>x where it is above 0, else 0.01 x.</summary>
    public static Tensor LeakyRelu(Tensor x)
    {
        using Scalar slope = 0.01;
        return x.leaky_relu(slope);
    }

    /// <summary>min(max(x, lowest), highest).</summary>
    public static Tensor Between(this Tensor x, long lowest, long highest)
    {
        using Scalar low = lowest;
        using Scalar high = highest;
        return x.clamp(low, high);
    }

    /// <summary>x ← max(x, lowest).</summary>
    public static Tensor AtLeastInPlace(this Tensor x, double lowest)
    {
        using Scalar scalar = Of(lowest);
        return x.clamp_(scalar);
    }

    /// <summary>x ← the number, everywhere.</summary>
    public static Tensor FillInPlace(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.fill_(scalar);
    }

    /// <summary>x = number, elementwise.</summary>
    public static Tensor EqualTo(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.eq(scalar);
    }

    /// <summary>x ≠ number, elementwise.</summary>
    public static Tensor NotEqualTo(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.ne(scalar);
    }

    /// <summary>x &gt; number, elementwise.</summary>
    public static Tensor Above(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.gt(scalar);
    }

    /// <summary>x &lt; number, elementwise.</summary>
    public static Tensor Below(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.lt(scalar);
    }

    /// <summary>x ≤ number, elementwise.</summary>
    public static Tensor NotAbove(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.le(scalar);
    }

    /// <summary>x ≥ number, elementwise.</summary>
    public static Tensor NotBelow(this Tensor x, double number)
    {
        using Scalar scalar = Of(number);
        return x.ge(scalar);
    }

    /// <summary>x with the number where the mask is true.</summary>
    public static Tensor Masked(this Tensor x, Tensor mask, double number)
    {
        using Scalar scalar = Of(number);
        return x.masked_fill(mask, scalar);
    }

    /// <summary>A tensor of one repeated whole number, int64.</summary>
    public static Tensor Repeated(long number, long count, Device device) => Full([count], number, ScalarType.Int64, device);

    /// <summary>A tensor of the shape that holds the number everywhere.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double number, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        using Scalar scalar = Of(number);
        return full(shape, scalar, dtype: dtype, device: device);
    }

    /// <summary>first, first + 1, … below end, int64.</summary>
    public static Tensor Range(long first, long end, Device device)
    {
        using Scalar start = first;
        using Scalar stop = end;
        return arange(start, stop, _one, dtype: ScalarType.Int64, device: device);
    }

    // An integer tensor plus a floating scalar would become a floating tensor.
    private static Scalar Of(double number) => double.IsInteger(number) && Math.Abs(number) < 1L << 53 ? (Scalar)(long)number : (Scalar)number;
}
