using PeftSharp.Kernels;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Draws from torch's own generator too, so nothing else may.</summary>
[Collection(nameof(Alone))]
public sealed class DrawsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Again_FromAState_DrawsTheSameAndGoesOnAfterwards(bool own)
    {
        using var scope = NewDisposeScope();
        using Draws.Own draws = own ? Draws.From(1) : default;
        Tensor state = Draws.State();
        float[] first = Drawn();
        float[] again;
        using (Draws.Again(state))
            again = Drawn();
        Assert.Equal(first, again);
        Assert.NotEqual(first, Drawn());
    }

    [Fact]
    public void From_TheSameSeed_DrawsTheSameWhateverTorchsGeneratorDoes()
    {
        using var scope = NewDisposeScope();
        uint first, second;
        using (Draws.From(7))
            first = Draws.Key();
        Draws.Uniform(5);
        using (Draws.From(7))
            second = Draws.Key();
        Assert.Equal(first, second);
    }

    private static float[] Drawn() => Draws.Uniform(20).data<float>().ToArray();
}
