using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

/// <summary>The leak check for what a model is used for: no tensor stays, neither while the model lives nor after it.</summary>
internal static class TwoRounds
{
    /// <param name="open">The model, ready for use.</param>
    /// <param name="use">What must leave nothing.</param>
    public static void LeaveNothing(Func<TinyModel> open, Action<TinyModel> use)
    {
        // The first round makes what lives as long as the process.
        long[] left = new long[2];
        foreach (ref long count in left.AsSpan())
        {
            using (TinyModel tiny = open())
            {
                long inside = LiveTensors.Settled();
                use(tiny);
                Assert.Equal(inside, Tensor.TotalCount);
            }
            count = Tensor.TotalCount;
        }
        Assert.Equal(left[0], left[1]);
    }
}
