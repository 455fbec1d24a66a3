using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.Lora.Combining;
using PeftSharp.Models;
using PeftSharp.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class CombineVerbTests
{
    public static TheoryData<string> Types => [.. LoraCombiner.Types];

    [Theory, MemberData(nameof(Types))]
    public void Combine_ByEveryType_WritesWhatTheLibraryMakes(string type)
    {
        using TinyModel tiny = new(decoder: true);
        (string a, string b) = (Adapter(tiny, "a", 4, 1), Adapter(tiny, "b", 4, 2));
        string made = tiny.PathOf("made");
        PeftRun run = PeftRun.Well("combine", made, "--adapters", a, b, "--weights", ".5", "-0.25", "--combination_type", type, "--density", ".5");
        Assert.Contains($"2 adapters by {type}, weights 0.5, -0.25", run.Out, StringComparison.Ordinal);

        using BaseModel model = BaseModel.Load(tiny.Model);
        using PeftModel peft = new(model);
        peft.LoadAdapter(a, "a");
        peft.LoadAdapter(b, "b");
        Adapter expected = peft.AddWeightedAdapter("made", new WeightedCombination { Adapters = ["a", "b"], Weights = [0.5, -0.25], CombinationType = type, Density = 0.5 });
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(made, "adapter_model.safetensors"));
        Assert.Equal(expected.Trainable.Select(tensor => tensor.Key).Order(StringComparer.Ordinal), file.Names.Order(StringComparer.Ordinal));
        foreach (TrainableTensor tensor in expected.Trainable)
        {
            using Tensor stored = file.Load(tensor.Key);
            Assert.Equal(tensor.Value.data<float>().ToArray(), stored.data<float>().ToArray());
        }
    }

    [Fact]
    public void Combine_OfUnequalRanks_WorksByCatAndSvd()
    {
        using TinyModel tiny = new(decoder: true);
        (string a, string b) = (Adapter(tiny, "a", 4, 1), Adapter(tiny, "b", 2, 2));
        Assert.Equal(6, (int)PeftRun.Well("combine", tiny.PathOf("cat"), "--adapters", a, b, "--combination_type", "cat", "--json").Json["rank"]!);
        JsonNode svd = PeftRun.Well("combine", tiny.PathOf("svd"), "--adapters", a, b, "--svd_rank", "3", "--json").Json;
        Assert.Equal(3, (int)svd["rank"]!);
        Assert.Equal([0.5, 0.5], svd["weights"]!.AsArray().Select(weight => (double)weight!));
        PeftRun.Fails(1, ["combine", tiny.PathOf("x"), "--adapters", a, b, "--combination_type", "linear"], "equal ranks", "svd, cat");
        PeftRun.Well("generate", tiny.PathOf("svd"), "Once", "--max_new_tokens", "2");
    }

    [Fact]
    public void Combine_OfWrongUse_SaysWhatToChange()
    {
        using TinyModel tiny = new(decoder: true);
        (string a, string b, string made) = (Adapter(tiny, "a", 4, 1), Adapter(tiny, "b", 4, 2), tiny.PathOf("made"));
        PeftRun.Fails(1, ["combine", made, "--adapters", a, b, "--combination_type", "tie", "--density", ".5"], "'tie' is not known", "ties");
        PeftRun.Fails(1, ["combine", made, "--adapters", a, b, "--combination_type", "ties"], "density");
        PeftRun.Fails(1, ["combine", made, "--adapters", a, b, "--weights", "1"], "2 adapters and 1 weights");
        PeftRun.Fails(2, ["combine", made, "--adapters", a, b, "--weights", "1", "half"], "'half' is no number");
        PeftRun.Fails(2, ["combine", made, "--adapters", a, a], "given twice");
        PeftRun.Fails(2, ["combine", a, "--adapters", a, b], "being read");
        PeftRun.Fails(2, ["combine", made], "--adapters");
        PeftRun.Fails(2, ["combine", made, "--adapters", a, b, "--svd_rank", "0"], "--svd_rank");
        string ia3 = Adapter(tiny, "c", new Methods.Ia3.Ia3Options(), 3);
        PeftRun.Fails(1, ["combine", made, "--adapters", a, ia3], "convert-adapter");
        Assert.False(Directory.Exists(made));
    }

    private static string Adapter(TinyModel tiny, string name, int rank, long seed) =>
        Adapter(tiny, name, new LoraOptions { R = rank, Init = LoraInit.Random }, seed);

    private static string Adapter(TinyModel tiny, string name, PeftOptions options, long seed)
    {
        using BaseModel model = BaseModel.Load(tiny.Model);
        using PeftModel peft = new(model);
        peft.AddAdapter(options, name, seed);
        peft.SaveAdapter(tiny.Root, name);
        return tiny.PathOf(name);
    }
}
