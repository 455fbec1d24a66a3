using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Adapters;

/// <summary>Configs whose numbers would take the memory or the hours of the machine: refused before either is spent.</summary>
public sealed class HostileConfigTests : IDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("lora", "\"r\": 1000000000", "lora_A")]
    [InlineData("lora", "\"rank_pattern\": {\"query\": 1000000000}", "lora_A")]
    [InlineData("lora_patterns", "\"rank_pattern\": {\"query|value\": 1e9}", "lora_A")]
    [InlineData("lora", "\"alpha_pattern\": {\"query\": 1e999}", "alpha_pattern")]
    [InlineData("lora", "\"init_lora_weights\": \"pissa_niter_2147483647\"", "1000")]
    [InlineData("lora", "\"trainable_token_indices\": []", "trainable")]
    [InlineData("lora", "\"trainable_token_indices\": {\"\": null}", "trainable")]
    [InlineData("lora", "\"peft_type\": \"\\ud800\"", "half of a character")]
    [InlineData("lora", "\"target_modules\": [\"\\udfff\"]", "half of a character")]
    [InlineData("lora", "\"\\ud800\": 1", "half of a character")]
    [InlineData("loha", "\"r\": 1000000000", "hada_w1")]
    [InlineData("lokr", "\"r\": 1000000000", "lokr")]
    [InlineData("vera", "\"r\": 1000000000", "vera")]
    [InlineData("vera", "\"r\": 1000000000, \"save_projection\": false", "vera")]
    [InlineData("boft", "\"boft_block_size\": 1000000000", "boft_block_size")]
    [InlineData("oft", "\"oft_block_size\": 1000000000", "oft_R")]
    [InlineData("prompt", "\"num_virtual_tokens\": 1000000000", "num_virtual_tokens")]
    [InlineData("prefix", "\"num_virtual_tokens\": 1000000000", "num_virtual_tokens")]
    [InlineData("prompt", "\"peft_type\": \"MULTITASK_PROMPT_TUNING\", \"prompt_tuning_init\": \"RANDOM\", \"num_tasks\": 1000000, \"num_ranks\": 1000000", "prefix_task_cols")]
    [InlineData("adalora", "\"init_r\": 1000000000, \"rank_pattern\": null", "lora_")]
    public void Load_OfNumbersBeyondTheWeights_IsRefusedAtOnce(string method, string change, string named)
    {
        long before = Process.GetCurrentProcess().PeakWorkingSet64;
        long start = Stopwatch.GetTimestamp();
        PeftException error = Assert.Throws<PeftException>(() => Load(Copy(method, change)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < _soon);
        Assert.True(Process.GetCurrentProcess().PeakWorkingSet64 - before < 1L << 30);
    }

    [Theory]
    [InlineData("\"module.number.{0}\"", null)]
    [InlineData("\"(module|number){0}\"", "regular expressions")]
    public void Load_OfTwentyThousandPatterns_EndsSoon(string key, string? refusal)
    {
        string patterns = string.Join(", ", Enumerable.Range(0, 20_000).Select(i => $"{string.Format(System.Globalization.CultureInfo.InvariantCulture, key, i)}: 4"));
        string copy = Copy("lora", $"\"rank_pattern\": {{{patterns}}}");
        long start = Stopwatch.GetTimestamp();
        if (refusal is null)
            Load(copy);
        else
            Assert.Contains(refusal, Assert.Throws<PeftException>(() => Load(copy)).Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < _soon);
    }

    [Theory]
    [InlineData("query", "encoder.layer.0.attention.self.query", true)]
    [InlineData("self.query", "encoder.layer.0.attention.self.query", true)]
    [InlineData("selfxquery", "encoder.layer.0.attention.self.query", false)]
    [InlineData("layer.0.attention.self.query", "encoder.layerx0.attention.self.query", true)]
    [InlineData("uery", "encoder.layer.0.attention.self.query", false)]
    [InlineData("encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.query", true)]
    [InlineData("more.than.encoder.layer", "encoder.layer", false)]
    public void Find_ByNameWithoutOperators_SaysWhatTheExpressionSays(string pattern, string path, bool matches)
    {
        Assert.Equal(matches, ModulePatterns.Find(new Dictionary<string, double> { [pattern] = 3 }, path) is not null);
        Assert.Equal(matches, PythonRegex.FullMatch($@"(.*\.)?({pattern})", path));
    }

    [Fact]
    public void AddAdapter_LargerThanTheMachine_SaysSo()
    {
        using BaseModel model = BaseModel.Load(Base);
        using PeftModel peft = new(model);
        Assert.Contains("memory", Assert.Throws<PeftException>(() => peft.AddAdapter(new LoraOptions { R = 2_000_000_000 })).Message, StringComparison.Ordinal);
        Assert.Empty(peft.Adapters);
    }

    [Theory]
    [InlineData("\"num_labels\": 5000000", "num_labels")]
    [InlineData("\"vocab_size\": 2000000000", "word_embeddings")]
    [InlineData("\"hidden_size\": 2000000000, \"num_attention_heads\": 1", "word_embeddings")]
    [InlineData("\"num_hidden_layers\": 2000000000", "layer.")]
    [InlineData("\"max_position_embeddings\": 2000000000", "position_embeddings")]
    public void LoadBase_OfSizesBeyondTheWeights_IsRefusedAtOnce(string change, string named)
    {
        long before = Process.GetCurrentProcess().PeakWorkingSet64;
        string copy = CopyOf(Base, "config.json", change, leftOut: "id2label");
        PeftException error = Assert.Throws<PeftException>(() => BaseModel.Load(copy, new() { Task = TaskType.SequenceClassification }).Dispose());
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.True(Process.GetCurrentProcess().PeakWorkingSet64 - before < 1L << 30);
    }

    [Fact]
    public void LoadBase_OfHeadsThatOverflow_IsRefused()
    {
        // 4 × (2^30 + hidden / 4) is hidden once more in 32 bits.
        string llama = Fixtures.PathOf("hf_peft", "llama", "base");
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(llama, "config.json")))!.AsObject();
        int heads = config["num_attention_heads"]!.GetValue<int>(), hidden = config["hidden_size"]!.GetValue<int>();
        string copy = CopyOf(llama, "config.json", $"\"head_dim\": {(1L << 32) / heads + hidden / heads}");
        Assert.Throws<PeftException>(() => BaseModel.Load(copy).Dispose());
    }

    private static string Base => Fixtures.PathOf("hf_peft", "bert", "base");

    private static void Load(string adapter)
    {
        using BaseModel model = BaseModel.Load(Base, new() { Task = TaskType.SequenceClassification });
        using PeftModel peft = new(model);
        peft.LoadAdapter(adapter);
    }

    private string Copy(string method, string change) => CopyOf(Fixtures.PathOf("hf_peft", "bert", method), "adapter_config.json", change);

    /// <summary>A copy of a folder whose config has some members, given as text, in place of its own.</summary>
    private string CopyOf(string folder, string name, string change, string? leftOut = null)
    {
        string copy = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(copy, name)));
        string[] kept = [.. config.RootElement.EnumerateObject()
            .Where(pair => pair.Name != leftOut && !change.Contains($"\"{pair.Name}\":", StringComparison.Ordinal))
            .Select(pair => $"\"{pair.Name}\": {pair.Value.GetRawText()}")];
        File.WriteAllText(Path.Combine(copy, name), $"{{ {string.Join(", ", [.. kept, change])} }}");
        return copy;
    }
}
