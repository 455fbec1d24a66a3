using PeftSharp.Methods.Lora;
using PeftSharp.Tests.Tensors;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Training;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class FrozenLayerLeakTests
{
    [Theory]
    [InlineData("bert")]
    [InlineData("llama")]
    public void Train_TwoEpochs_LeavesNoTensorBehind(string family)
    {
        using TinyModel tiny = TinyModel.Open(family, new LoraOptions { R = 4, LayersToTransform = [1] });
        TrainingData data = tiny.Data(8);
        TrainingOptions options = Runs.Short(6) with { Batches = new() { TrainSize = 3 }, Memory = new() { CacheFrozenLayers = true } };
        // The first run makes what lives as long as the process.
        tiny.Train(data, options);
        long before = LiveTensors.Settled();
        for (int i = 0; i < 3; i++)
            tiny.Train(data, options);
        Assert.Equal(before, LiveTensors.Settled());
    }

    [Fact]
    public unsafe void Dispose_OfMemory_GivesItBack()
    {
        const int Size = 8 << 20, Times = 16;
        long before = NativeHeap.BytesInUse();
        for (int i = 0; i < Times; i++)
        {
            using StateMemory memory = StateMemory.OnHeap(Size);
            new Span<byte>(memory.First, Size).Fill(1);
            Assert.True(NativeHeap.BytesInUse() - before > Size / 2);
        }
        // Other caches of the process may grow meanwhile, by much less.
        Assert.InRange(NativeHeap.BytesInUse() - before, long.MinValue, Size);
    }
}
