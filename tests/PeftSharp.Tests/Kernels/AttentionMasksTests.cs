using PeftSharp.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

public sealed class AttentionMasksTests
{
    [Theory]
    [InlineData(6, 6, true, 3)]
    [InlineData(1, 6, true, 3)]
    [InlineData(2, 6, true, null)]
    [InlineData(6, 6, false, 2)]
    [InlineData(6, 6, false, null)]
    [InlineData(4, 4, true, 4)]
    public void Build_OfAWindow_LetsAQuerySeeSoManyKeys(int queries, int keys, bool causal, int? window)
    {
        using Tensor? mask = AttentionMasks.Build(null, queries, keys, causal, window, ScalarType.Float32, CPU);
        for (int query = 0; query < queries; query++)
            for (int key = 0; key < keys; key++)
            {
                int distance = keys - queries + query - key;
                bool sees = (!causal || distance >= 0) && (window is null || Math.Abs(distance) < window);
                Assert.Equal(sees ? 0 : float.MinValue, mask is null ? 0 : mask[0, 0, query, key].item<float>());
            }
    }
}
