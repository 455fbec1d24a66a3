using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.Bottleneck.Phm;
using PeftSharp.Models;
using PeftSharp.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.Bottleneck;

public sealed class BottleneckMethodTests : IDisposable
{
    private readonly BaseModel _bert = TinyConfigs.Create("bert", TaskType.SequenceClassification);
    private readonly PeftModel _model;

    public BottleneckMethodTests() => _model = new PeftModel(_bert);

    public static TheoryData<string, string> Wrong => new()
    {
        { """{ "reduction_factor": 1e9 }""", "leaves no usable bottleneck" },
        { """{ "reduction_factor": 0 }""", "leaves no usable bottleneck" },
        { """{ "reduction_factor": -2 }""", "leaves no usable bottleneck" },
        { """{ "reduction_factor": { "0": 4 } }""", "no entry for layer 1 and no \"default\"" },
        { """{ "reduction_factor": { "0": 4, "default": 2 }, "bottleneck_size": 3 }""", "exclude each other" },
        { """{ "output_adapter": false }""", "mh_adapter and output_adapter are both false" },
        { """{ "cross_adapter": true }""", "has no cross-attention" },
        { """{ "leave_out": [7] }""", "leave_out names layer 7" },
        { """{ "leave_out": [0, 1] }""", "leaves out every layer" },
        { """{ "non_linearity": "relo" }""", "non_linearity 'relo' is not supported" },
        { """{ "adapter_residual_before_ln": true }""", "ln_after is false" },
        { """{ "inv_adapter": "glow" }""", "'glow' is not supported" },
        { """{ "scaling": "huge" }""", "'scaling' must be a number, \"learned\" or \"channel\"" },
        { """{ "preset": "compacter", "reduction_factor": 4, "phm_dim": 3 }""", "multiples of phm_dim" },
        { """{ "preset": "compacter", "shared_W_phm": true, "reduction_factor": { "0": 4, "default": 8 } }""", "one bottleneck width for all layers" },
        { """{ "dropout": 1 }""", "'dropout' must be a probability" },
    };

    public static TheoryData<string> Presets => [.. BottleneckConfigFile.PresetNames];

    public void Dispose()
    {
        _model.Dispose();
        _bert.Dispose();
    }

    [Theory, MemberData(nameof(Wrong))]
    public void Add_OfWrongOptions_SaysWhatToChange(string settings, string words)
    {
        PeftException error = Assert.Throws<PeftException>(() => _model.AddAdapter(Read(settings)));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Empty(_model.Adapters);
    }

    [Fact]
    public void Add_OfPostAddOnPreNormModel_SaysWhatToUse()
    {
        using BaseModel llama = TinyConfigs.Create("llama", TaskType.CausalLanguageModel);
        using PeftModel model = new(llama);
        PeftException error = Assert.Throws<PeftException>(() => model.AddAdapter(BottleneckOptions.Pfeiffer with { Residual = BottleneckResidual.PostAdd }));
        Assert.Contains("a llama model has it in front", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Presets))]
    public void Read_OfWrittenPreset_GivesIt(string preset)
    {
        PeftOptions options = Read($$"""{ "preset": "{{preset}}" }""");
        PeftOptions again = PeftMethods.Read(JsonSettings.Parse(options.ToJson().ToJsonString(), "again"));
        Assert.True(JsonNode.DeepEquals(options.ToJson(), again.ToJson()));
        Assert.Empty(again.Unknown);
    }

    [Fact]
    public void Forward_OfParallelPreset_StartsAsTheBase()
    {
        using Tensor ids = tensor(new long[] { 5, 6, 7, 8 }).view(1, 4);
        ModelInput input = new() { InputIds = ids };
        _model.AddAdapter(BottleneckOptions.Parallel);
        using Tensor adapted = _model.Forward(input), bare = _model.Forward(input, Composition.None);
        Assert.True(adapted.allclose(bare, 1e-6, 1e-6));
    }

    [Fact]
    public void Add_WithoutBias_TrainsNone()
    {
        Adapter adapter = _model.AddAdapter(BottleneckOptions.Houlsby with { AddBias = false, TrainsHead = false });
        Assert.All(adapter.Trainable, tensor => Assert.EndsWith(".weight", tensor.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void Add_OfBottleneckSize_HasThatManyUnits()
    {
        Adapter adapter = _model.AddAdapter(BottleneckOptions.Pfeiffer with { BottleneckSize = 5, TrainsHead = false });
        Assert.Equal(5, adapter.Trainable[0].Value.shape[0]);
    }

    [Fact]
    public void Add_OfSharedFullW_SharesIt()
    {
        Adapter adapter = _model.AddAdapter(BottleneckOptions.Compacter with
        {
            ReductionFactor = 4, Phm = new PhmOptions { SharedW = true, FactorizedW = false }, TrainsHead = false,
        });
        Assert.Single(adapter.Trainable, tensor => tensor.Key == "base_model.model.bert.shared_parameters.W_down");
    }

    [Fact]
    public void SaveHub_WithoutBias_IsRefused()
    {
        _model.AddAdapter(BottleneckOptions.Pfeiffer with { AddBias = false });
        PeftException error = Assert.Throws<PeftException>(() => _model.SaveHubAdapter(Path.Combine(Path.GetTempPath(), "never")));
        Assert.Contains("biases always", error.Message, StringComparison.Ordinal);
    }

    private static PeftOptions Read(string settings)
    {
        JsonObject json = JsonNode.Parse(settings)!.AsObject();
        json["peft_type"] = "BOTTLENECK";
        return PeftMethods.Read(JsonSettings.Parse(json.ToJsonString(), "settings"));
    }
}
