using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>The form that the products of a frozen weight are fastest with on this machine.</summary>
internal static class FrozenProducts
{
    /// <summary>The form in the weight's own dtype.</summary>
    public static IFrozenProduct Of(Tensor weight) => WidenedProduct.Takes(weight) ? new WidenedWeight(weight) : new PackedWeight(weight);
}
