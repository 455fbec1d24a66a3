using PeftSharp.Methods.Lora;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using Xunit;

namespace PeftSharp.Tests.Methods.Lora;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class DoraLeakTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Train_ThenDispose_LeavesNoTensorBehind(double dropout)
    {
        // The first round makes what lives as long as the process.
        long[] left = new long[2];
        foreach (ref long count in left.AsSpan())
        {
            using (TinyModel tiny = TinyModel.Open("llama", new LoraOptions { R = 4, UseDora = true, LoraDropout = dropout }))
            {
                tiny.Train(tiny.Data(8), Runs.Short(1));
                long inside = LiveTensors.Settled();
                tiny.Train(tiny.Data(8), Runs.Short(3));
                Assert.Equal(inside, LiveTensors.Settled());
            }
            count = LiveTensors.Settled();
        }
        Assert.Equal(left[0], left[1]);
    }
}
