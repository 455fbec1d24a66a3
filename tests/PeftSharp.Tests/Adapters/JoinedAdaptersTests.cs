using PeftSharp.Adapters;
using PeftSharp.Methods.AdapterFusion;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Tests.Methods;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Adapters;

/// <summary>Fusions that bring their adapters along, in folders of their own.</summary>
public sealed class JoinedAdaptersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;
    private readonly BaseModel _bert = BaseModel.Load(Fixtures.PathOf("adapters", "bert", "base"));
    private readonly PeftModel _model;
    private readonly ModelInput _input;

    public JoinedAdaptersTests()
    {
        _model = new PeftModel(_bert);
        _input = MethodVariants.Input(_bert);
    }

    public void Dispose()
    {
        _input.InputIds.Dispose();
        _model.Dispose();
        _bert.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void AddAdapter_OfFolders_GivesTheFusionOfLoadedAdapters()
    {
        using var scope = NewDisposeScope();
        _model.AddAdapter(Fusion(Hub("a"), Hub("b")), seed: 3);
        Assert.Equal(["a", "b", "default"], _model.Adapters.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Composition.Of("default"), _model.Active);
        using PeftModel other = new(_bert);
        foreach (string name in (string[])["a", "b"])
            other.LoadAdapter(Hub(name), name);
        other.AddFusion(new FusionOptions { Adapters = ["a", "b"] }, seed: 3);
        Assert.Equal(Logits(other, Composition.Fuse("a", "b")), Logits(_model));
    }

    [Fact]
    public void AddAdapter_OfFolders_TrainsTheFusionAlone()
    {
        using var scope = NewDisposeScope();
        Adapter fusion = _model.AddAdapter(Fusion(Hub("a"), Hub("b")));
        _model.Forward(_input).sum().backward();
        Assert.All(fusion.Trainable.Where(tensor => tensor.Key.Contains("fusion", StringComparison.Ordinal)), tensor => Assert.NotNull(tensor.Value.grad));
        foreach (string name in (string[])["a", "b"])
            Assert.All(_model.Find(name).Trainable, tensor => Assert.Null(tensor.Value.grad));
    }

    [Fact]
    public void Load_OfSavedFusion_BringsItsAdapters()
    {
        using var scope = NewDisposeScope();
        _model.AddAdapter(Fusion(Hub("a"), Hub("b")));
        float[] expected = Logits(_model);
        _model.SaveAdapter(_folder);
        using PeftModel other = new(_bert);
        other.LoadAdapter(_folder);
        Assert.Equal(expected, Logits(other));
        // The same adapters again are shared with it.
        other.LoadAdapter(_folder, "again");
        Assert.Equal(["a", "again", "b", "default"], other.Adapters.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(expected, Logits(other, Composition.Of("again")));
    }

    [Fact]
    public void Load_WhereAnotherAdapterHasTheName_SaysSoAndLeavesTheModel()
    {
        _model.AddAdapter(Fusion(Hub("a"), Hub("b")));
        _model.SaveAdapter(_folder);
        using PeftModel other = new(_bert);
        other.LoadAdapter(Hub("c"), "b");
        PeftException error = Assert.Throws<PeftException>(() => other.LoadAdapter(_folder));
        Assert.Contains("the model has another one of that name", error.Message, StringComparison.Ordinal);
        Assert.Equal(["b"], other.Adapters.Keys);
    }

    [Fact]
    public void AddAdapter_OfOwnFolders_LeavesTheirHeadsOut()
    {
        using var scope = NewDisposeScope();
        Train("run/adapter", 2);
        Train("other", 4);
        Adapter fusion = _model.AddAdapter(Fusion(At("run"), At("other")));
        Assert.Equal(["run", "other"], ((FusionOptions)fusion.Options).Adapters);
        Assert.DoesNotContain(_model.Find("other").Trainable, tensor => tensor.Key.Contains("classifier", StringComparison.Ordinal));
        Assert.Contains(fusion.Trainable, tensor => tensor.Key == "base_model.model.classifier.weight");
        Assert.Equal([3, 3], _model.Forward(_input).shape.Select(size => (int)size));

        // An adapter of a task with other labels.
        void Train(string name, int labels)
        {
            using BaseModel model = BaseModel.Create(
                ModelConfig.Load(Fixtures.PathOf("adapters", "bert", "base")),
                new() { Task = TaskType.SequenceClassification, Labels = [.. Enumerable.Range(0, labels).Select(i => $"{i}")] });
            using PeftModel peft = new(model);
            peft.AddAdapter(BottleneckOptions.Pfeiffer with { ReductionFactor = 4 });
            peft.SaveAdapter(At(name));
        }
    }

    [Fact]
    public void AddAdapter_OfWhatCannotBe_SaysSoAndLeavesTheModel()
    {
        _model.AddAdapter(new LoraOptions(), "lora");
        _model.SaveAdapter(_folder, "lora");
        Refused("no adapter folder", Fusion(Hub("a"), At("nowhere")));
        Refused("at least two adapters", Fusion(Hub("a")));
        Refused("at least two adapters", Fusion());
        Refused("'lora' (LORA)", Fusion(Hub("a"), At("lora")));
        Refused("2 of the adapters would be called 'a'", Fusion(Hub("a"), Hub("a")));
        Refused("2 folders and adapter_names 1 names", Fusion(Hub("a"), Hub("b")) with { Adapters = ["a"] });
        Refused("without separators", Fusion(Hub("a"), Hub("b")) with { Adapters = ["a", "../b"] });
        Refused("give the adapters' folders in adapter_folders", Fusion() with { Adapters = ["a", "b"] });
        Refused("already", Fusion(Hub("a"), Hub("b")) with { Adapters = ["a", "default"] });

        void Refused(string words, FusionOptions options)
        {
            Exception error = Assert.ThrowsAny<Exception>(() => _model.AddAdapter(options));
            Assert.True(error is PeftException or FileNotFoundException, error.ToString());
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
            Assert.Equal(["lora"], _model.Adapters.Keys);
        }
    }

    private static FusionOptions Fusion(params string[] folders) => new() { Folders = folders };

    private static string Hub(string name) => Fixtures.PathOf("adapters", "bert", "composition", name);

    private string At(string name) => Path.Combine(_folder, name);

    private float[] Logits(PeftModel model, Composition? composition = null) => model.Forward(_input, composition).data<float>().ToArray();
}
