using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Text;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PromptLearning;

/// <summary>Virtual tokens that start as the embeddings of a text.</summary>
internal static class TextRows
{
    /// <summary>The folder of the tokenizer: the one named, else the model's own.</summary>
    public static string? Folder(string? named, BaseModel model) => named ?? model.Folder;

    /// <summary>What messages call the settings, as HF PEFT has them.</summary>
    public static TextNames PeftNames { get; } = new("prompt_tuning_init is TEXT", "prompt_tuning_init_text", "set tokenizer_name_or_path to one");

    /// <summary>The same in AdapterHub's names.</summary>
    public static TextNames HubNames { get; } = new("prompt_init is from_string", "prompt_init_text", "load the model from one");

    /// <summary>The embeddings of the text's tokens (special ones too, as in HF), cut or repeated to so many rows.</summary>
    /// <param name="model">The model, whose embedding is read.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokenizerFolder">A folder with a tokenizer.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="names">What messages call the settings.</param>
    /// <exception cref="PeftException">There is no tokenizer, or no text.</exception>
    public static Tensor Of(BaseModel model, string? text, string? tokenizerFolder, int count, TextNames names)
    {
        if (string.IsNullOrEmpty(text))
            throw new PeftException($"{names.Start}, which needs {names.Text}: the text that describes the task.");
        if (tokenizerFolder is null || !Tokenizer.IsIn(tokenizerFolder))
            throw new PeftException(
                $"{names.Start}, which needs a tokenizer, and {(tokenizerFolder is null ? "the model was not loaded from a folder" : $"'{tokenizerFolder}' is no folder with a tokenizer.json")}; {names.Remedy}.");
        int[] ids = Tokenizer.Load(tokenizerFolder).Encode(text).ToIdArray();
        if (ids.Length == 0)
            throw new PeftException($"{names.Text} '{text}' has no tokens.");
        long[] rows = [.. Enumerable.Range(0, count).Select(i => (long)ids[i % ids.Length])];
        if (rows.Max() >= model.VocabularySize)
            throw new PeftException($"The tokenizer in {tokenizerFolder} gives the token id {rows.Max()} and the model's vocabulary is {model.VocabularySize}: it is of another model.");
        return Embeddings(model, rows);
    }

    /// <summary>The embeddings of tokens drawn at random from the whole vocabulary.</summary>
    public static Tensor Sampled(BaseModel model, Generator random, int count)
    {
        using var scope = NewDisposeScope();
        Tensor ids = randint(0, model.VocabularySize, [count], dtype: ScalarType.Int64, generator: random);
        return Embedding.LookUp(model.TokenEmbedding.Weight.Value, ids.to(model.Device)).MoveToOuterDisposeScope();
    }

    private static Tensor Embeddings(BaseModel model, long[] ids)
    {
        using Tensor rows = tensor(ids, device: model.Device);
        return Embedding.LookUp(model.TokenEmbedding.Weight.Value, rows);
    }
}

/// <summary>What messages about a text to start from call its settings.</summary>
/// <param name="Start">The setting that asks for it.</param>
/// <param name="Text">The key of the text.</param>
/// <param name="Remedy">How to give the folder of a tokenizer.</param>
internal sealed record TextNames(string Start, string Text, string Remedy);
