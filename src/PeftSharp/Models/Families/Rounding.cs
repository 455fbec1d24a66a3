using static TorchSharp.torch;

namespace PeftSharp.Models.Families;

/// <summary>Constants that the real library holds in the dtype of the model.</summary>
internal static class Rounding
{
    /// <summary>The value of that dtype next to a number.</summary>
    public static double To(ScalarType dtype, double number)
    {
        using Tensor wide = tensor(new[] { (float)number });
        using Tensor rounded = wide.to(dtype);
        using Tensor back = rounded.to(ScalarType.Float32);
        return back.data<float>()[0];
    }
}
