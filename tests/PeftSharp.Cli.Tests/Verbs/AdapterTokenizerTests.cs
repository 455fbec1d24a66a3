using System.Text.Json.Nodes;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Text;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>A tokenizer beside an adapter takes the place of the base's: its tokens may be added or renamed.</summary>
public sealed class AdapterTokenizerTests
{
    private const string Renamed = "<|renamed|>";

    [Fact]
    public void GenerateAndMerge_TokenRenamedBesideTheAdapter_IsOneToken()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"once upon a time\"}\n", 8))), run = tiny.PathOf("run"), merged = tiny.PathOf("merged"), gguf = tiny.PathOf("merged.gguf");
        PeftRun.Well("train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", rows, "--max_steps", "1", "--output_dir", run);
        int cut = PromptTokens(run);
        Assert.True(cut > 1);
        Rename(tiny.Model, Path.Combine(run, "adapter"));
        Assert.Equal(1, PromptTokens(run));
        Assert.Equal(cut, PromptTokens(tiny.Model));
        PeftRun.Well("merge", run, merged);
        Assert.Equal(1, PromptTokens(merged));
        Assert.True(File.Exists(Path.Combine(merged, "tokenizer_config.json")));
        PeftRun.Well("merge", run, gguf);
        using GgufFile file = GgufFile.Open(gguf);
        Assert.Contains(Renamed, file.Entries.Items<string>("tokenizer.ggml.tokens")!);
    }

    [Fact]
    public void Predict_TokenRenamedBesideTheAdapter_ReadsItsTokens()
    {
        using TinyModel tiny = new();
        string run = tiny.Trained(), text = $"a {Renamed} film";
        string before = PeftRun.Well("predict", run, text, "--json").Out;
        // [unused10] is a token that no text has: under another name it can be written.
        Rename(tiny.Model, Path.Combine(run, "adapter"), "[unused10]");
        Assert.NotEqual(before, PeftRun.Well("predict", run, text, "--json").Out);
    }

    [Fact]
    public void Generate_TokenizerWithMoreTokensThanRows_SaysSo()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"once upon a time\"}\n", 8))), run = tiny.PathOf("run");
        PeftRun.Well("train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", rows, "--max_steps", "1", "--output_dir", run);
        Rename(tiny.Model, Path.Combine(run, "adapter"), newId: 49152);
        PeftRun.Fails(1, ["generate", run, "Once"], "49152", "adapter");
    }

    private static int PromptTokens(string model) => (int)PeftRun.Well("generate", model, Renamed, "--max_new_tokens", "1", "--json").Json["prompt_tokens"]!;

    /// <summary>Puts the base's tokenizer beside the adapter with another name for its last added token, or one more token.</summary>
    private static void Rename(string model, string adapter, string? old = null, int? newId = null)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(model, "tokenizer.json")))!;
        JsonObject vocabulary = json["model"]!["vocab"]!.AsObject();
        JsonArray added = json["added_tokens"]!.AsArray();
        old ??= (string)added[^1]!["content"]!;
        int id = newId ?? (int)vocabulary[old]!;
        if (newId is null)
        {
            vocabulary.Remove(old);
            vocabulary[Renamed] = id;
        }
        JsonObject token = added[^1]!.DeepClone().AsObject();
        (token["id"], token["content"]) = (id, Renamed);
        if (newId is null && (int)added[^1]!["id"]! == id)
            added.RemoveAt(added.Count - 1);
        added.Add(token);
        File.WriteAllText(Path.Combine(adapter, "tokenizer.json"), json.ToJsonString());
        Assert.Equal(id, Tokenizer.Load(adapter).TokenToId(Renamed));
    }
}
