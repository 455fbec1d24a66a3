using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference.Batching;
using PeftSharp.Inference.Embedding;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Inference;

/// <summary>
/// Sentence embeddings as the folder of a sentence-transformers model describes them: its prompts
/// (<c>config_sentence_transformers.json</c>), the modules of <c>modules.json</c> in their order and
/// <c>sentence_bert_config.json</c>; a folder without these gives the mean of its tokens. One object serves any number of
/// threads and adapters at once.
/// </summary>
/// <example><code>
/// using TextEmbedder embedder = TextEmbedder.Load(new() { Model = "assets/models/all-MiniLM-L6-v2" });
/// float[] vector = embedder.Embed("Where is my card?");
/// float[] query = embedder.Embed("Where is my card?", options: new() { PromptName = "query" });
/// </code></example>
public sealed class TextEmbedder : IDisposable, IAsyncDisposable
{
    private readonly InferenceModel _model;
    private readonly CallGate _calls;
    private readonly SentenceFolder _folder;
    private readonly EmbeddingOptions _defaults;
    private readonly int _width;
    private readonly TextInputs _inputs;
    private readonly BatchedForward _forward;

    /// <summary>An embedder over a loaded model, whatever its task.</summary>
    /// <param name="model">The model.</param>
    /// <param name="maxLength">The most tokens of a text, longer ones being cut; null takes what the model's files say.</param>
    /// <param name="batchSize">The most texts that go through the model together.</param>
    /// <param name="ownsModel">True to free the model with the embedder.</param>
    /// <param name="defaults">What calls use that do not say otherwise; null takes what the model's files say.</param>
    /// <exception cref="PeftException">A file of the folder is not sound, or wants a module that is not supported; or the model has no such prompt.</exception>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public TextEmbedder(
        InferenceModel model, int? maxLength = null, int batchSize = 32, bool ownsModel = false, EmbeddingOptions? defaults = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _model = model;
        _defaults = defaults ?? new();
        _defaults.Validate();
        _folder = model.Folder is { } folder ? SentenceFolder.Load(folder) : SentenceFolder.Default;
        try
        {
            _width = _folder.Width(model.Model.Base.HiddenSize);
            _folder.Prompts.Resolve(_defaults);
            // As in sentence-transformers its own length comes before the tokenizer's.
            int length = _folder.Limits.MaxLength is { } most ? Math.Min(most, model.Model.MaxTokens) : model.MaxLength;
            _inputs = new TextInputs(model, maxLength ?? length);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
        _calls = new CallGate(this, () =>
        {
            _folder.Dispose();
            model.Release(ownsModel);
        });
        _forward = new BatchedForward(model, batchSize);
    }

    /// <summary>The length of a vector, unless a call says otherwise.</summary>
    public int Dimension => Math.Min(_width, _defaults.TruncateDim ?? _width);

    /// <summary>The prompts of the model by name; <c>query</c> and <c>document</c> are always there, empty where the files have none.</summary>
    public IReadOnlyDictionary<string, string> Prompts => _folder.Prompts.ByName;

    /// <summary>The name of the prompt that goes in front of every text unless options say otherwise, or null.</summary>
    public string? DefaultPromptName => _folder.Prompts.DefaultName;

    /// <summary>The most tokens of a text.</summary>
    public int MaxLength => _inputs.MaxLength;

    /// <summary>Loads an embedder.</summary>
    /// <param name="options">The folders.</param>
    /// <param name="defaults">What calls use that do not say otherwise; null takes what the model's files say.</param>
    /// <inheritdoc cref="InferenceModel.Load"/>
    public static TextEmbedder Load(InferenceOptions options, EmbeddingOptions? defaults = null) => Owning.Create(
        InferenceModel.Load(options, TaskType.FeatureExtraction),
        model => new TextEmbedder(model, options.MaxLength, options.BatchSize, ownsModel: true, defaults));

    /// <summary>The vector of a text.</summary>
    /// <param name="text">The text; what exceeds the longest length is cut.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <param name="options">The prompt and the length of the vector; null for the embedder's own.</param>
    /// <exception cref="PeftException">An adapter or a prompt is not there.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or nothing of the text is left beside a prompt that is not pooled.</exception>
    public float[] Embed(string text, Composition? composition = null, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Embed([text], composition, options)[0];
    }

    /// <summary>The vectors of texts, like lengths computed together.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="composition">The adapters; null for the model's active ones; <see cref="Composition.ByRow"/> for one a text.</param>
    /// <param name="options">The prompt and the length of the vectors; null for the embedder's own.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>One vector a text, in order.</returns>
    /// <exception cref="PeftException">An adapter or a prompt is not there.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or nothing of a text is left beside a prompt that is not pooled.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public IReadOnlyList<float[]> Embed(
        IReadOnlyList<string> texts, Composition? composition = null, EmbeddingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        EmbeddingOptions asked = options?.Over(_defaults) ?? _defaults;
        asked.Validate();
        string prompt = _folder.Prompts.Resolve(asked);
        EncodedExample[] examples = Encode(texts, prompt);
        int skipped = Skipped(prompt);
        RequireText(examples, skipped);
        float[][] vectors = new float[examples.Length][];
        _forward.Run(
            examples, composition, (input, pass) => Vectors(input, pass, skipped, asked), (index, vector) => vectors[index] = vector.ToArray(),
            call.Token);
        return vectors;
    }

    /// <summary>
    /// Refuses new calls with an <see cref="ObjectDisposedException"/>; the weights of its own modules, and a model that it owns, are freed when the running
    /// ones have ended.
    /// </summary>
    public void Dispose() => _calls.Dispose();

    /// <summary>The same, and waits for the running calls, for <see cref="InferenceModel.DisposeTimeout"/> at most; then they are cancelled.</summary>
    public ValueTask DisposeAsync() => _calls.CloseAsync(_model.DisposeTimeout);

    private EncodedExample[] Encode(IReadOnlyList<string> texts, string prompt) =>
        [.. _inputs.Encode([.. texts.Select(text => Prepare(prompt, text))]).Select(TextInputs.Example)];

    private string Prepare(string prompt, string text)
    {
        if (text is null)
            throw new ArgumentException("One of the texts is null.", nameof(text));
        return _folder.Limits.Apply(prompt + text);
    }

    /// <summary>How many tokens at the start of each text are the prompt's and not pooled; a special token behind the prompt is not of them.</summary>
    private int Skipped(string prompt)
    {
        if (prompt.Length == 0 || _folder.Pooling.IncludePrompt)
            return 0;
        int[] ids = Encode([""], prompt)[0].InputIds;
        return _model.Tokenizer.IsSpecialToken(ids[^1]) ? ids.Length - 1 : ids.Length;
    }

    private static void RequireText(EncodedExample[] examples, int skipped)
    {
        if (skipped > 0 && Array.FindIndex(examples, example => example.Length <= skipped) is >= 0 and int index)
            throw new ArgumentException($"Text {index} has no token beside the {skipped} of the prompt, which are not pooled.");
    }

    private Tensor Vectors(ModelInput input, Pass pass, int skipped, EmbeddingOptions options)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = _model.Model.Base.Hidden(input, pass);
        Tensor vectors = Pooling.Forward(hidden, input.AttentionMask, _folder.Pooling.Modes, skipped);
        foreach (IVectorStage stage in _folder.Stages)
            vectors = stage.Forward(vectors);
        if (options.TruncateDim is { } length && length < _width)
            vectors = vectors.narrow(1, 0, length);
        if (options.NormalizeEmbeddings is true)
            vectors = NormalizeStage.Normalize(vectors);
        return vectors.MoveToOuterDisposeScope();
    }
}
