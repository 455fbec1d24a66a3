using PeftSharp.Adapters;
using PeftSharp.Methods.HubPrefix;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Models;
using PeftSharp.Tests.Methods;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Blocks;

/// <summary>Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class RecomputationMemoryTests
{
    private static readonly Dictionary<string, PeftOptions> _options = new()
    {
        ["lora"] = TinyModel.Lora(),
        ["prefix"] = new PrefixTuningOptions { NumVirtualTokens = 4, PrefixProjection = true },
        ["part"] = new HubPrefixOptions { PrefixLength = 5, BottleneckSize = 6, LeaveOut = [0] },
    };

    [Theory]
    [InlineData("bert", "lora")]
    [InlineData("bert", "prefix")]
    [InlineData("llama", "lora")]
    [InlineData("llama", "part")]
    public void Train_ThenDispose_LeavesNoTensorBehind(string family, string name) =>
        TwoRounds.LeaveNothing(
            () => TinyModel.Open(family, _options[name]),
            tiny => tiny.Train(tiny.Data(8), Runs.Short(3) with { Memory = new() { GradientCheckpointing = true } }));

    [Fact]
    public void Loss_WithoutABackward_LeavesNoTensorBehind()
    {
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        peft.AddAdapter(_options["lora"]);
        Forward(peft, true);
        long before = LiveTensors.Settled();
        for (int i = 0; i < 5; i++)
            Forward(peft, true);
        Assert.Equal(before, LiveTensors.Settled());
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("llama")]
    public void Forward_BeforeItsBackward_KeepsLessThanHalf(string family)
    {
        using BaseModel model = MethodVariants.Load(family);
        using PeftModel peft = new(model);
        peft.AddAdapter(_options["lora"]);
        KeptBytes(peft, false);
        KeptBytes(peft, true);
        long kept = KeptBytes(peft, false), again = KeptBytes(peft, true);
        Assert.True(again < kept / 2, $"{again} bytes are kept with recomputation and {kept} without");
    }

    private static void Forward(PeftModel peft, bool checkpointing)
    {
        using var scope = NewDisposeScope();
        peft.Base.Forward(MethodVariants.Input(peft.Base), peft.Pass(training: true, gradientCheckpointing: checkpointing));
    }

    /// <summary>What a forward pass leaves in memory for its backward.</summary>
    private static long KeptBytes(PeftModel peft, bool checkpointing)
    {
        using var scope = NewDisposeScope();
        Tensor ids = ones([32, 60], dtype: ScalarType.Int64);
        LiveTensors.Settled();
        long before = NativeHeap.BytesInUse();
        peft.Base.Hidden(new ModelInput { InputIds = ids }, peft.Pass(training: true, gradientCheckpointing: checkpointing));
        LiveTensors.Settled();
        return NativeHeap.BytesInUse() - before;
    }
}
