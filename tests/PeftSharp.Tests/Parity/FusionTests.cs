using PeftSharp.Adapters;
using PeftSharp.Methods.AdapterFusion;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>What fusions have besides the logits, gradients and steps of <see cref="ParityTests"/>.</summary>
public sealed class FusionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public static TheoryData<string> Cases => [.. GoldenCases.All.Where(name => HubCases.IsFusion(GoldenCases.PathOf(name)))];

    public static TheoryData<string> Regularized => [.. GoldenCases.With("step_losses_regularized")];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Regularized))]
    public void Regularization_OfReferenceCase_IsItsLoss(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        using Tensor loss = golden.Adapter!.Hook!.Penalty()!;
        Close.Relative(golden.Expected("regularization_loss"), loss, 1e-5, "regularization_loss");
    }

    [Theory, MemberData(nameof(Regularized))]
    public void Train_WithRegularization_GivesReferenceLosses(string name)
    {
        FiveSteps ours = FiveSteps.Run(name, later: adapter => adapter.Hook!.Penalty()!);
        using GoldenCase golden = GoldenCase.Open(name);
        float[] expected = golden.Expected("step_losses_regularized").data<float>().ToArray();
        for (int step = 0; step < expected.Length; step++)
            Assert.True(Math.Abs(ours.Losses[step] - expected[step]) <= 1e-4 * Math.Abs(expected[step]), $"step {step + 1}: {ours.Losses[step]} is not {expected[step]}");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Save_OfReferenceFusion_WritesItsTensors(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        golden.SaveHubAdapter(_folder, withHead: false);
        string weights = Path.Combine(golden.Folder, "model_adapter_fusion.safetensors");
        if (!File.Exists(weights))
            weights = Path.Combine(Path.GetDirectoryName(golden.Folder)!, "fusion_dynamic", "model_adapter_fusion.safetensors");
        Close.SameTensors(weights, Path.Combine(_folder, "model_adapter_fusion.safetensors"));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Load_OfSavedFusion_GivesTheSameLogits(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        golden.Model.SaveAdapter(_folder, "a,b");
        golden.Model.LoadAdapter(Path.Combine(_folder, "a,b"), "again");
        using Tensor logits = golden.Model.Forward(golden.Input, Composition.FuseBy("again", "a", "b"));
        Close.Relative(golden.Expected("logits"), logits, 1e-5, "logits");
    }

    [Fact]
    public void Train_WithTemperature_CoolsAndIsSaved()
    {
        using GoldenCase golden = GoldenCase.Open("adapters/bert/fusion_temperature");
        golden.Loss().Dispose();
        using (Tensor second = golden.Model.Forward(golden.Input))
            Close.Relative(golden.Expected("logits_second_forward"), second, 1e-5, "logits_second_forward");
        golden.Model.SaveAdapter(_folder, "a,b");
        golden.Model.LoadAdapter(Path.Combine(_folder, "a,b"), "again");
        using Tensor reloaded = golden.Model.Forward(golden.Input, Composition.FuseBy("again", "a", "b"));
        Close.Relative(golden.Expected("logits_second_forward"), reloaded, 1e-5, "reloaded");
    }

    [Fact]
    public void Forward_OfTheFusionAlone_FusesItsAdapters()
    {
        using GoldenCase golden = GoldenCase.Open("adapters/bert/fusion_dynamic");
        using Tensor logits = golden.Model.Forward(golden.Input, Composition.Of("a,b"));
        Close.Relative(golden.Expected("logits"), logits, 1e-5, "logits");
    }

    [Fact]
    public void AddFusion_OfLora_SaysWhatItMixes()
    {
        using BaseModel model = BaseModel.Load(Fixtures.PathOf("adapters", "bert", "base"));
        using PeftModel peft = new(model);
        peft.AddAdapter(new LoraOptions(), "lora");
        PeftException error = Assert.Throws<PeftException>(() => peft.AddFusion(new FusionOptions { Adapters = ["lora", "lora"] }));
        Assert.Contains("'lora' (LORA) has no bottleneck adapters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddFusion_OfLoadedAdapters_StartsNearTheirMean()
    {
        using BaseModel model = BaseModel.Load(Fixtures.PathOf("adapters", "bert", "base"));
        using PeftModel peft = new(model);
        foreach (string name in (string[])["a", "b"])
            peft.LoadAdapter(Fixtures.PathOf("adapters", "bert", "composition", name), name);
        Adapter fusion = peft.AddFusion(new FusionOptions { Adapters = ["a", "b"] });
        Assert.Equal("a,b", fusion.Name);
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.PathOf("adapters", "bert", "composition", "expected.safetensors"));
        using Tensor ids = expected.Load("input_ids"), mask = expected.Load("attention_mask");
        ModelInput input = new() { InputIds = ids, AttentionMask = mask };
        using Tensor fused = peft.Forward(input, Composition.Fuse("a", "b"));
        using Tensor mean = peft.Forward(input, Composition.Average("a", "b"));
        Close.Relative(mean, fused, 0.05, "fresh fusion");
    }
}
