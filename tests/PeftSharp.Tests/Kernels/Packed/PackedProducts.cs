using PeftSharp.Kernels.Packed;
using PeftSharp.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels.Packed;

/// <summary>Whether oneDNN multiplies a dtype here: in fp32 on every processor, whether or not the library would use it there.</summary>
internal static class PackedProducts
{
    public static void SkipWithout(ScalarType dtype)
    {
        Assert.SkipUnless(OneDnnKernels.Exist, "This libtorch has no oneDNN products.");
        Assert.SkipUnless(
            dtype != ScalarType.BFloat16 || CpuFeatures.Current.HasFastBFloat16, "This processor has no bfloat16 products (AVX512_BF16 or AMX_BF16).");
    }
}
