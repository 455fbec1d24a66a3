using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

public sealed class TextEmbedderTests
{
    private static readonly string _miniLm = Fixtures.Asset("models", "all-MiniLM-L6-v2");

    [Fact]
    public void Embed_ReferenceSentences_GivesTheReferenceEmbeddings()
    {
        using JsonDocument description = JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("real_models", "case.json")));
        string[] sentences = [.. description.RootElement.GetProperty("minilm_sentences").EnumerateArray().Select(text => text.GetString()!)];
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.PathOf("real_models", "expected.safetensors"));
        using Tensor wanted = expected.Load("minilm.embeddings");
        using TextEmbedder embedder = TextEmbedder.Load(new() { Model = _miniLm });
        // The scope keeps the tensors that stack is given alive until it has returned.
        using var scope = NewDisposeScope();
        IReadOnlyList<float[]> together = embedder.Embed(sentences);
        Tensor found = stack(together.Select(vector => tensor(vector)));
        Close.Relative(wanted, found, 1e-5, "embeddings");
        Tensor alone = stack(sentences.Select(text => tensor(embedder.Embed(text))));
        Close.Relative(wanted, alone, 1e-5, "embeddings one by one");
        Assert.Equal(384, embedder.Dimension);
        Assert.Equal(256, embedder.MaxLength);
    }

    [Fact]
    public void Embed_ManyTextsInSmallBatches_KeepsTheirOrder()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction);
        using TextEmbedder embedder = TextEmbedder.Load(new() { Model = folder.Model, BatchSize = 3 });
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => string.Join(' ', Enumerable.Repeat($"word{i}", i * 7 % 9 + 1)))];
        IReadOnlyList<float[]> together = embedder.Embed(texts);
        for (int i = 0; i < texts.Length; i++)
            Near(embedder.Embed(texts[i]), together[i]);
        Assert.Empty(embedder.Embed(Array.Empty<string>()));
    }

    [Fact]
    public void Embed_WeightsThatAreNoNumbers_IsNoVector()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction, adapters: 1);
        using InferenceModel model = InferenceModel.Load(folder.Options);
        using (no_grad())
        using (Tensor broken = ScalarMath.Full(model.Model.Find("a").Trainable[0].Value.shape, double.NaN))
            model.Model.Find("a").Trainable[0].Value.copy_(broken);
        using TextEmbedder embedder = new(model);
        Assert.Contains("not numbers", Assert.Throws<PeftException>(() => embedder.Embed("a word", Composition.Of("a"))).Message, StringComparison.Ordinal);
        Assert.NotEmpty(embedder.Embed("a word", Composition.None));
    }

    [Fact]
    public void Embed_TextBeyondTheLongest_IsCut()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction);
        using TextEmbedder embedder = TextEmbedder.Load(new() { Model = folder.Model });
        Assert.Equal(48, embedder.MaxLength);
        string many = string.Join(' ', Enumerable.Repeat("card", 500));
        Assert.Equal(embedder.Embed(string.Join(' ', Enumerable.Repeat("card", 46))), embedder.Embed(many));
        Assert.Throws<ArgumentException>(() => TextEmbedder.Load(new() { Model = folder.Model, MaxLength = 49 }));
        Assert.Throws<ArgumentException>(() => TextEmbedder.Load(new() { Model = folder.Model, MaxLength = 2 }));
    }

    [Fact]
    public void Embed_OnEightThreadsWithUnlikeAdapters_GivesWhatEachGivesAlone()
    {
        using TinyFolder folder = new(TaskType.FeatureExtraction, adapters: 8);
        using TextEmbedder embedder = TextEmbedder.Load(folder.Options);
        const string text = "where is my card";
        float[][] alone = [.. folder.Names.Select(name => embedder.Embed(text, Composition.Of(name)))];
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Near(alone[i % 8], embedder.Embed(text, Composition.Of(folder.Names[i % 8]))));
        IReadOnlyList<float[]> mixed = embedder.Embed([.. folder.Names.Select(_ => text)], Composition.ByRow([.. folder.Names]));
        for (int i = 0; i < 8; i++)
            Near(alone[i], mixed[i]);
        Assert.Equal(8, alone.Select(vector => vector[0]).Distinct().Count());
    }

    private static void Near(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f);
    }
}
