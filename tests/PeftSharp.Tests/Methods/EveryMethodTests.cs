using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Miss;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods;

/// <summary>What holds for every method on linear layers and norms, whatever its settings.</summary>
[Collection(SeededTorch.Name)]
public sealed class EveryMethodTests
{
    public static TheoryData<string, string> Variants => MethodVariants.OnSomeFamilies;

    [Theory, MemberData(nameof(Variants))]
    public void AddAdapter_Fresh_ComputesWhatTheBaseDoes(string family, string settings)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load(family);
        using PeftModel peft = new(model);
        peft.AddAdapter(MethodVariants.AsUsual(settings));
        ModelInput input = MethodVariants.Input(model);
        Close.Relative(model.Forward(input, Pass.Bare), peft.Forward(input), 1e-6, "logits");
    }

    [Theory, MemberData(nameof(Variants))]
    public void Merge_RandomAdapter_ComputesTheSame(string family, string settings)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load(family);
        using PeftModel peft = new(model);
        Random(peft, settings);
        ModelInput input = MethodVariants.Input(model);
        Tensor adapted = peft.Forward(input), bare = model.Forward(input, Pass.Bare);
        Assert.True(adapted.sub(bare).abs().max().item<float>() > 1e-3, "the adapter changes nothing");
        peft.Merge();
        Close.Relative(adapted, peft.Forward(input), 1e-5, "merged logits");
        peft.Unmerge();
        Assert.Equal(adapted.data<float>().ToArray(), peft.Forward(input).data<float>().ToArray());
    }

    [Theory, MemberData(nameof(Variants))]
    public void Load_OfSaved_ComputesTheSameAndSavesTheSameBytes(string family, string settings)
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using BaseModel model = MethodVariants.Load(family);
        using PeftModel peft = new(model);
        Random(peft, settings);
        peft.SaveAdapter(folder.At("a"));
        peft.LoadAdapter(folder.At("a"), "again");
        ModelInput input = MethodVariants.Input(model);
        Assert.Equal(peft.Forward(input).data<float>().ToArray(), peft.Forward(input, Composition.Of("again")).data<float>().ToArray());
        peft.SaveAdapter(folder.At("b"), "again");
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            Assert.Equal(File.ReadAllBytes(folder.At("a", file)), File.ReadAllBytes(folder.At("b", "again", file)));
    }

    [Theory, MemberData(nameof(Variants))]
    public void Forward_OfMixedRows_GivesEachRowItsAdapter(string family, string settings)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load(family);
        using PeftModel peft = new(model);
        Random(peft, settings);
        ModelInput input = MethodVariants.Input(model);
        Tensor mixed = peft.Forward(input, Composition.ByRow("default", Composition.BaseName, "default"));
        Tensor adapted = peft.Forward(input), bare = model.Forward(input, Pass.Bare);
        Close.Relative(adapted[0], mixed[0], 1e-5, "row 0");
        Close.Relative(bare[1], mixed[1], 1e-5, "row 1");
        Close.Relative(adapted[2], mixed[2], 1e-5, "row 2");
    }

    [Theory, MemberData(nameof(Variants))]
    public void Forward_InBFloat16_IsNearFloat32(string family, string settings)
    {
        using var scope = NewDisposeScope();
        using BaseModel fine = MethodVariants.Load(family), coarse = MethodVariants.Load(family, ScalarType.BFloat16);
        using PeftModel a = new(fine), b = new(coarse);
        Random(a, settings);
        Random(b, settings);
        ModelInput input = MethodVariants.Input(fine);
        Tensor rough = b.Forward(input);
        Assert.Equal(ScalarType.BFloat16, rough.dtype);
        Close.Relative(a.Forward(input), rough, 0.15, "logits");
    }

    [Theory, MemberData(nameof(Variants))]
    public void Train_AFewSteps_LowersTheLossOfItsExamples(string family, string settings)
    {
        using TinyModel tiny = TinyModel.Open(family, MethodVariants.AsUsual(settings));
        RecordingObserver observer = new();
        tiny.Train(tiny.Data(4), Runs.Short(12, learningRate: 2e-2), observer);
        Assert.All(observer.Steps, step => Assert.True(double.IsFinite(step.Loss)));
        Assert.True(
            observer.Steps.TakeLast(3).Average(step => step.Loss) < observer.Steps[0].Loss,
            $"{observer.Steps[0].Loss} does not fall: {string.Join(", ", observer.Steps.TakeLast(3).Select(step => step.Loss))}");
    }

    /// <summary>Adds the adapter; what has no random start gets one, and AdaLoRA's large update is made small.</summary>
    private static void Random(PeftModel peft, string settings)
    {
        Adapter adapter = peft.AddAdapter(MethodVariants.Read(settings));
        using var noGrad = no_grad();
        using Generator random = new(5);
        foreach (TrainableTensor tensor in adapter.Trainable)
            if (adapter.Options.PeftType == "LN_TUNING")
                tensor.Value.TimesInPlace(1.3);
            else if (tensor.Key.EndsWith("miss_block", StringComparison.Ordinal) && adapter.Options is MissOptions { Variant: MissVariant.Mini or MissVariant.Bat })
                tensor.Value.copy_(InitialValues.Normal(random, 0.1, tensor.Value.shape));
            else if (tensor.Key.EndsWith("lora_E", StringComparison.Ordinal))
                tensor.Value.TimesInPlace(0.02);
    }
}
