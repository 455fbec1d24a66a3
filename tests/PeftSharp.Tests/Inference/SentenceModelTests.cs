using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Tensors.Pickle;
using PeftSharp.Workflows.Converting;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

/// <summary>Whole folders of sentence-transformers against the same steps in plain operators.</summary>
public sealed class SentenceModelTests
{
    private const string Text = "where is my card";
    private static readonly string[] _others = ["a much longer question about another card of mine", "ok"];

    [Fact]
    public void Embed_DefaultPromptAndDense_EqualsTheStepsByHand()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: true);
        using TextEmbedder embedder = TextEmbedder.Load(new() { Model = folder.Model });
        Assert.Equal(5, embedder.Dimension);
        Assert.Equal("passage", embedder.DefaultPromptName);
        Check(folder, embedder.Embed(Text), "passage: " + Text, skipped: 0);
        Check(folder, embedder.Embed([Text, .. _others])[0], "passage: " + Text, skipped: 0);
        Check(folder, embedder.Embed(Text, options: new() { PromptName = "query" }), "the question: " + Text, skipped: 0);
        Check(folder, embedder.Embed(Text, options: new() { Prompt = "" }), Text, skipped: 0);
        Check(folder, embedder.Embed(Text, options: new() { PromptName = "document" }), Text, skipped: 0);
    }

    [Fact]
    public void Embed_PromptThatIsNotPooled_CountsTheTokensOfTheTextOnly()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: false);
        using TextEmbedder embedder = TextEmbedder.Load(new() { Model = folder.Model });
        // [CLS] the question : …
        Check(folder, embedder.Embed(Text, options: new() { PromptName = "query" }), "the question: " + Text, skipped: 4);
        Check(folder, embedder.Embed([_others[0], Text, _others[1]], options: new() { PromptName = "query" })[1], "the question: " + Text, skipped: 4);
        Check(folder, embedder.Embed(Text, options: new() { Prompt = "" }), Text, skipped: 0);
    }

    [Fact]
    public void Embed_TruncateDim_CutsAndThenNormalises()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: true);
        using TextEmbedder whole = TextEmbedder.Load(new() { Model = folder.Model });
        float[] all = whole.Embed(Text);
        Assert.Equal(all[..2], whole.Embed(Text, options: new() { TruncateDim = 2 }));
        Assert.Equal(all, whole.Embed(Text, options: new() { TruncateDim = 99 }));
        float length = MathF.Sqrt(all[0] * all[0] + all[1] * all[1]);
        using TextEmbedder cut = TextEmbedder.Load(new() { Model = folder.Model }, new() { TruncateDim = 2, NormalizeEmbeddings = true });
        Assert.Equal(2, cut.Dimension);
        Assert.Equal([all[0] / length, all[1] / length], cut.Embed(Text), (a, b) => MathF.Abs(a - b) < 1e-6f);
        Near(all[..2], cut.Embed(Text, options: new() { NormalizeEmbeddings = false }));
        Assert.Throws<ArgumentException>(() => whole.Embed(Text, options: new() { TruncateDim = 0 }));
    }

    [Fact]
    public void Load_PromptThatIsNotThere_NamesThoseThatAre()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: true);
        Assert.Contains("'passage'", Assert.Throws<PeftException>(() => TextEmbedder.Load(new() { Model = folder.Model }, new() { PromptName = "passages" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsOfTorchSave_GiveTheSameVectors()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: true);
        using TextEmbedder safe = TextEmbedder.Load(new() { Model = folder.Model });
        float[] expected = safe.Embed(Text);
        string dense = Path.Combine(folder.Model, "2_Dense");
        using (SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(dense, "model.safetensors")))
            File.WriteAllBytes(Path.Combine(dense, "pytorch_model.bin"), RawTorch.StateDict(weights));
        File.Delete(Path.Combine(dense, "model.safetensors"));
        using TextEmbedder pickled = TextEmbedder.Load(new() { Model = folder.Model });
        Near(expected, pickled.Embed(Text));
    }

    [Fact]
    public void Copy_FilesBesideTheWeights_TakesEveryModuleAlong()
    {
        using TinyFolder folder = SentenceModel.Create(includePrompt: false);
        string copy = Directory.CreateTempSubdirectory("peftsharp").FullName;
        try
        {
            TokenizerFiles.Copy(folder.Model, copy);
            foreach (string name in (string[])["config.json", "model.safetensors"])
                File.Copy(Path.Combine(folder.Model, name), Path.Combine(copy, name));
            using TextEmbedder original = TextEmbedder.Load(new() { Model = folder.Model });
            using TextEmbedder copied = TextEmbedder.Load(new() { Model = copy });
            Near(original.Embed(Text), copied.Embed(Text));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>Equal but for a last place: sums depend on where weights lie in memory.</summary>
    private static void Near(float[] expected, float[] found)
    {
        using var scope = NewDisposeScope();
        Close.Relative(tensor(expected), tensor(found), 1e-6, "vector");
    }

    /// <summary>normalise(tanh(W mean + b)), with the states that the model itself gives.</summary>
    private static void Check(TinyFolder folder, float[] found, string text, int skipped)
    {
        using var scope = NewDisposeScope();
        using InferenceModel model = InferenceModel.Load(new() { Model = folder.Model }, TaskType.FeatureExtraction);
        using ICheckpoint weights = Checkpoint.Open(Path.Combine(folder.Model, "2_Dense"));
        long[] ids = [.. model.Tokenizer.Encode(text).Ids.ToArray().Select(id => (long)id)];
        using var noGrad = no_grad();
        Tensor hidden = model.Model.Base.Hidden(new ModelInput { InputIds = tensor(ids).unsqueeze(0) }, model.Model.Pass(Composition.None));
        Tensor mean = hidden[0].narrow(0, skipped, ids.Length - skipped).mean([0]);
        Tensor active = weights.Load("linear.weight").mv(mean).Plus(weights.Load("linear.bias")).tanh();
        Close.Relative(active.div(active.norm()), tensor(found), 1e-5, text);
    }
}
