using System.Text.Json.Nodes;
using PeftSharp.Kernels;
using PeftSharp.Tensors;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class MergeVerbTests
{
    [Fact]
    public void Merge_Run_GivesAModelFolderThatPredictsTheSame()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained("--target_modules", "all-linear", "--num_train_epochs", "4", "--dtype", "float32"), merged = tiny.PathOf("merged");
        PeftRun.Well("merge", run, merged);
        Assert.Equal(
            ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"],
            Directory.EnumerateFileSystemEntries(merged).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(merged, "config.json")))!;
        Assert.Equal("BertForSequenceClassification", (string?)config["architectures"]![0]);
        Assert.Equal("positive", (string?)config["id2label"]!["1"]);

        string[] texts = ["a good film", "a bad film", "something else entirely"];
        foreach ((JsonNode one, JsonNode other) in Ask(run, texts).Zip(Ask(merged, texts)))
        {
            Assert.Equal((string?)one["label"], (string?)other["label"]);
            Assert.Equal((float)one["probability"]!, (float)other["probability"]!, 1e-5f);
        }
    }

    [Theory]
    [InlineData("auto", StoredDType.F32)]
    [InlineData("float16", StoredDType.F16)]
    [InlineData("bfloat16", StoredDType.BF16)]
    public void Merge_Dtype_IsThatOfEveryTensor(string dtype, StoredDType stored)
    {
        using TinyModel tiny = new();
        PeftRun.Well("merge", tiny.Trained(), tiny.PathOf("merged"), "--dtype", dtype);
        using SafetensorsFile file = SafetensorsFile.Open(tiny.PathOf("merged", "model.safetensors"));
        Assert.All(file.Names, name => Assert.Equal(stored, file.Info(name).DType));
    }

    [Fact]
    public void Merge_SmallShards_AreReadLikeOneFile()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), whole = tiny.PathOf("whole"), sharded = tiny.PathOf("sharded");
        PeftRun.Well("merge", run, whole);
        PeftRun.Well("merge", run, sharded, "--max_shard_size", "20KB");
        Assert.False(File.Exists(Path.Combine(sharded, "model.safetensors")));
        Assert.True(Directory.GetFiles(sharded, "model-*.safetensors").Length > 1);
        using (ICheckpoint one = Checkpoint.Open(whole), other = Checkpoint.Open(sharded))
            Assert.Equal(one.Names.Select(n => one.Info(n).ToString()).Order(StringComparer.Ordinal), other.Names.Select(n => other.Info(n).ToString()).Order(StringComparer.Ordinal));
        string[] texts = ["a good film"];
        // The last bit depends on where in memory the weights lie.
        double[] Probabilities(string model) => [.. Ask(model, texts).Select(answer => answer["probability"]!.GetValue<double>())];
        Assert.All(Probabilities(whole).Zip(Probabilities(sharded)), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-5));
    }

    [Fact]
    public void Merge_OutputThatEndsInGguf_IsAFile()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"once upon a time\"}\n", 8)));
        string run = tiny.PathOf("run"), file = tiny.PathOf("merged.gguf");
        PeftRun.Well("train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", rows, "--max_steps", "1", "--output_dir", run);
        PeftRun.Fails(2, ["merge", run, file, "--dtype", "float32"], "--outtype");
        PeftRun.Well("merge", run, file);
        Assert.True(File.Exists(file));
        Assert.Equal("GGUF", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(file), 0, 4));
    }

    [Fact]
    public void Merge_ShardSizeThatIsNone_IsWrongUsage()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["merge", tiny.Trained(), tiny.PathOf("merged"), "--max_shard_size", "5 apples"], "max_shard_size", "5 apples");
    }

    [Fact]
    public void Merge_FolderThatIsThere_IsKeptUnlessForced()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), merged = tiny.PathOf("merged");
        Directory.CreateDirectory(merged);
        File.WriteAllText(Path.Combine(merged, "mine.txt"), "precious");
        PeftRun.Fails(2, ["merge", run, merged], "there already", "--force");
        Assert.Equal("precious", File.ReadAllText(Path.Combine(merged, "mine.txt")));
        PeftRun.Well("merge", run, merged, "--force");
        Assert.False(File.Exists(Path.Combine(merged, "mine.txt")));
        Assert.True(File.Exists(Path.Combine(merged, "model.safetensors")));
    }

    [Fact]
    public void Merge_IntoItsOwnBase_IsRefused()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained();
        PeftRun.Fails(2, ["merge", run, tiny.Model, "--force"], "being read");
        PeftRun.Fails(2, ["merge", run, tiny.Root, "--force"], "being read");
        Assert.True(File.Exists(Path.Combine(tiny.Model, "model.safetensors")));
    }

    [Fact]
    public void Merge_ValueThatTheDtypeCannotHold_WritesNothing()
    {
        using TinyModel tiny = new();
        string adapter = Path.Combine(tiny.Trained(), "adapter"), weights = Path.Combine(adapter, "adapter_model.safetensors");
        Spoil(weights, 300);
        PeftRun.Fails(1, ["merge", adapter, tiny.PathOf("merged"), "--dtype", "float16"], "nothing was written");
        Spoil(weights, float.NaN);
        PeftRun.Fails(1, ["merge", adapter, tiny.PathOf("merged")], "NaN or infinite");
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(tiny.Root), path => Path.GetFileName(path).StartsWith("merged", StringComparison.Ordinal));
    }

    [Fact]
    public void Merge_ModelWithoutAdapter_IsRefused()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(2, ["merge", tiny.Model, tiny.PathOf("merged")], "without an adapter");
    }

    // In bf16, which "auto" takes where the processor has units for it, a merged weight rounds otherwise than its parts.
    private static JsonNode[] Ask(string model, string[] texts) =>
        [.. PeftRun.Well(["predict", model, .. texts, "--dtype", "float32", "--json"]).Out.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!)];

    /// <summary>Sets one value of every tensor.</summary>
    private static void Spoil(string path, float value)
    {
        List<(string, TorchSharp.torch.Tensor)> tensors = [];
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            foreach (string name in file.Names)
            {
                TorchSharp.torch.Tensor copy = file.Load(name).clone();
                copy.view(-1)[0].FillInPlace(value);
                tensors.Add((name, copy));
            }
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }
}
