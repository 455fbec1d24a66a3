using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.LnTuning;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Adapters;

public sealed class ModulesToSaveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("model.layers.0.input_layernorm", "norm", "model.layers.0.input_layernorm")]
    [InlineData("bert.pooler.dense", "pooler", "bert.pooler")]
    [InlineData("bert.pooler.dense", "dense", "bert.pooler.dense")]
    [InlineData("bert.pooler.dense", "bert.pooler", "bert.pooler")]
    [InlineData("bert.pooler.dense", "poole", null)]
    public void WrapperOf_Path_IsTheOutermostModuleThatANameEnds(string path, string name, string? wrapper) =>
        Assert.Equal(wrapper, ModulesToSave.WrapperOf([name], path));

    [Fact]
    public void AddAdapter_WithModulesOfTheUsersOwn_TrainsTheHeadToo()
    {
        using BaseModel model = BaseModel.Load(Base("bert"), new BaseModelOptions { Task = TaskType.SequenceClassification });
        foreach (PeftOptions options in (PeftOptions[])[new LoraOptions { ModulesToSave = ["pooler"] }, new LoraOptions { ModulesToSave = [] }, new LnTuningOptions { ModulesToSave = ["pooler"] }])
        {
            using PeftModel peft = new(model);
            Assert.Contains("base_model.model.classifier.weight", peft.AddAdapter(options).Trainable.Select(tensor => tensor.Key));
        }
    }

    [Fact]
    public void AddAdapter_WithoutHead_WritesNoTaskTypeAndLoadsSo()
    {
        using BaseModel model = BaseModel.Load(Base("bert"), new BaseModelOptions { Task = TaskType.SequenceClassification });
        using PeftModel peft = new(model);
        peft.AddAdapter(new LoraOptions { TrainsHead = false });
        peft.SaveAdapter(_folder);
        Adapter again = peft.LoadAdapter(_folder, "again");
        Assert.Null(again.Options.TaskType);
        Assert.DoesNotContain(again.Trainable, tensor => tensor.Key.Contains("classifier", StringComparison.Ordinal));
    }

    [Fact]
    public void AddAdapter_NameThatEndsAnAdaptedModule_IsRefused()
    {
        using BaseModel model = BaseModel.Load(Base("llama"));
        using PeftModel peft = new(model);
        Assert.Contains("q_proj", Assert.Throws<PeftException>(() => peft.AddAdapter(new LoraOptions { ModulesToSave = ["proj"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_OfOneSideOfATiedPair_GivesTwoWeights()
    {
        using BaseModel model = BaseModel.Load(Base("llama_tied_rope"));
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new LoraOptions { ModulesToSave = ["embed_tokens"] });
        using (no_grad())
            adapter.Trainable.Single(tensor => tensor.Key.EndsWith("embed_tokens.weight", StringComparison.Ordinal)).Value.PlusInPlace(1);
        using MergedWeights merged = peft.MergedWeights();
        Assert.True(merged.AreUntied);
        Assert.False(merged.Config.Flag("tie_word_embeddings", true));
        Assert.Contains("lm_head.weight", merged.All().Select(pair => pair.Name));
        Assert.True(merged["lm_head.weight"].allclose(model.TokenEmbedding.Weight.Value));
    }

    [Fact]
    public void Merge_OfNothingTied_KeepsOneWeight()
    {
        using BaseModel model = BaseModel.Load(Base("llama_tied_rope"));
        using PeftModel peft = new(model);
        peft.AddAdapter(new LoraOptions());
        using MergedWeights merged = peft.MergedWeights();
        Assert.False(merged.AreUntied);
        Assert.DoesNotContain("lm_head.weight", merged.All().Select(pair => pair.Name));
    }

    private static string Base(string family) => Fixtures.PathOf("hf_peft", family, "base");
}
