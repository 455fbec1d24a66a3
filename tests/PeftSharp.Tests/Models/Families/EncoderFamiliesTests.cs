using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Methods.PTuning;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models.Families;

public sealed class EncoderFamiliesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => [.. TinyEncoders.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("deberta_v2", "pooler.dense")]
    [InlineData("bert", "bert.pooler.dense")]
    public void AddAdapter_ToACheckpointWithoutPooler_TrainsAndSavesIt(string family, string pooler)
    {
        string basis = Copy(family, name => name.Contains("pooler", StringComparison.Ordinal) ? null : name);
        using BaseModel model = BaseModel.Load(basis, new() { Task = TaskType.SequenceClassification, Seed = 1 });
        Assert.Equal([$"{pooler}.weight", $"{pooler}.bias"], model.NewlyInitialised);
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new LoraOptions { R = 2 });
        Assert.Contains(pooler, adapter.Options.ModulesToSave!);
        Assert.Null(peft.UntrainedHead);
        peft.SaveAdapter(_folder.At("adapter"));

        using BaseModel other = BaseModel.Load(basis, new() { Task = TaskType.SequenceClassification, Seed = 2 });
        using PeftModel again = new(other);
        again.LoadAdapter(_folder.At("adapter"));
        Assert.Null(again.UntrainedHead);
        ModelInput input = new() { InputIds = tensor(new long[,] { { 5, 6, 7, 8 } }) };
        using Tensor expected = peft.Forward(input), found = again.Forward(input);
        Assert.Equal(expected.data<float>().ToArray(), found.data<float>().ToArray());
    }

    [Theory]
    [InlineData("roberta", "roberta.")]
    [InlineData("electra", "electra.")]
    [InlineData("distilbert", "distilbert.")]
    [InlineData("deberta_v2", "deberta.")]
    public void Load_OfOlderNames_IsTheSameModel(string family, string prefix)
    {
        string old = Copy(family, name => (name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name)
            .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal));
        using GoldenCase golden = GoldenCase.Open($"{family}/base");
        using BaseModel model = BaseModel.Load(old);
        Assert.Empty(model.NewlyInitialised);
        using Tensor logits = model.Forward(golden.Input, Pass.Bare);
        Close.Relative(golden.Expected("logits"), logits, 1e-5, "logits");
    }

    /// <summary>Prompt methods where peft refuses them: each row gives alone what it gives beside rows with other adapters, padded or not.</summary>
    [Theory, MemberData(nameof(Families))]
    public void Forward_OfVirtualTokens_GivesEveryRowItsOwn(string family)
    {
        foreach (TaskType task in (TaskType[])[TaskType.SequenceClassification, TaskType.TokenClassification])
        {
            using var scope = NewDisposeScope();
            using BaseModel model = TinyConfigs.Create(family, task, labels: ["A", "B", "C"]);
            using PeftModel peft = new(model);
            peft.AddAdapter(new PrefixTuningOptions { NumVirtualTokens = 3 }, "prefix", seed: 1);
            peft.AddAdapter(new PromptTuningOptions { NumVirtualTokens = 2 }, "prompt", seed: 2);
            peft.AddAdapter(new PTuningOptions { NumVirtualTokens = 4, EncoderHiddenSize = 8 }, "ptuning", seed: 3);
            // The ids have RoBERTa's padding, 1, among them, where it is no padding.
            Tensor ids = tensor(new long[,] { { 7, 1, 9, 4, 0, 0 }, { 5, 6, 1, 8, 9, 3 }, { 2, 1, 1, 0, 0, 0 }, { 9, 1, 3, 4, 5, 0 } });
            long[] lengths = [4, 6, 3, 5];
            Tensor mask = stack([.. lengths.Select(length => cat([ones(length, dtype: ScalarType.Int64), zeros(6 - length, dtype: ScalarType.Int64)], 0))]);
            string[] names = ["prefix", "prompt", Composition.BaseName, "ptuning"];
            Tensor mixed = peft.Forward(new ModelInput { InputIds = ids, AttentionMask = mask }, Composition.ByRow(names));
            for (int row = 0; row < names.Length; row++)
            {
                Composition own = names[row] == Composition.BaseName ? Composition.None : Composition.Of(names[row]);
                Tensor alone = peft.Forward(new ModelInput { InputIds = ids.narrow(0, row, 1).narrow(1, 0, lengths[row]) }, own)[0];
                Tensor found = alone.dim() == 1 ? mixed[row] : mixed[row].narrow(0, 0, lengths[row]);
                Close.Relative(alone, found, 1e-5, $"{task} of {names[row]}", 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("roberta", "\"pad_token_id\": null", "'pad_token_id' must be a token's id")]
    [InlineData("roberta", "\"pad_token_id\": 63, \"max_position_embeddings\": 64", "none is left")]
    [InlineData("electra", "\"num_attention_heads\": 5", "not a multiple")]
    [InlineData("electra", "\"add_cross_attention\": true", "add_cross_attention")]
    [InlineData("distilbert", "\"n_heads\": 5", "dim 32 is not a multiple of n_heads 5")]
    [InlineData("deberta-v2", "\"conv_kernel_size\": 3", "conv_kernel_size is 3")]
    [InlineData("deberta-v2", "\"pos_att_type\": \"p2p\"", "'p2p' is not supported")]
    [InlineData("deberta-v2", "\"attention_head_size\": 16", "attention_head_size is 16")]
    [InlineData("deberta-v2", "\"pooler_hidden_size\": 16", "pooler_hidden_size is 16")]
    [InlineData("deberta-v2", "\"relative_attention\": true, \"position_buckets\": 256, \"max_position_embeddings\": 64", "do not fit")]
    public void Create_OfContradictorySettings_SaysWhich(string family, string settings, string message)
    {
        ModelConfig config = ModelConfig.Parse(
            $$"""{"model_type": "{{family}}", "{{(family == "distilbert" ? "dim" : "hidden_size")}}": 32, "vocab_size": 70, {{(settings.Contains("heads\"", StringComparison.Ordinal) ? "" : "\"num_attention_heads\": 4, ")}}{{settings}}}""", "config.json");
        Assert.Contains(message, Assert.Throws<PeftException>(() => BaseModel.Create(config, new() { Task = TaskType.SequenceClassification })).Message, StringComparison.Ordinal);
    }

    /// <summary>The base of a family with other names; null leaves a tensor out.</summary>
    private string Copy(string family, Func<string, string?> rename)
    {
        string from = Fixtures.PathOf("hf_peft", family, "base"), into = _folder.At("base");
        Directory.CreateDirectory(into);
        File.Copy(Path.Combine(from, "config.json"), Path.Combine(into, "config.json"));
        using var scope = NewDisposeScope();
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(from, "model.safetensors"));
        List<(string, Tensor)> tensors = [];
        foreach (string name in file.Names)
            if (rename(name) is { } other)
                tensors.Add((other, file.Load(name)));
        SafetensorsWriter.Write(Path.Combine(into, "model.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        return into;
    }
}
