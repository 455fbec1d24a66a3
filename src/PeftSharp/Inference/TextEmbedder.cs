using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference.Batching;
using PeftSharp.Inference.Embedding;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Inference;

/// <summary>
/// Sentence embeddings as the folder of a sentence-transformers model describes them (<c>modules.json</c>,
/// <c>1_Pooling/config.json</c>, <c>sentence_bert_config.json</c>); a folder without these gives the mean of its tokens.
/// One object serves any number of threads and adapters at once.
/// </summary>
/// <example><code>
/// using TextEmbedder embedder = TextEmbedder.Load(new() { Model = "assets/models/all-MiniLM-L6-v2" });
/// float[] vector = embedder.Embed("Where is my card?");
/// </code></example>
public sealed class TextEmbedder : IDisposable
{
    private readonly InferenceModel _model;
    private readonly bool _ownsModel;
    private readonly PoolingConfig _pooling;
    private readonly TextInputs _inputs;
    private readonly BatchedForward _forward;

    /// <summary>An embedder over a loaded model, whatever its task.</summary>
    /// <param name="model">The model.</param>
    /// <param name="maxLength">The most tokens of a text, longer ones being cut; null takes what the model's files say.</param>
    /// <param name="batchSize">The most texts that go through the model together.</param>
    /// <param name="ownsModel">True to free the model with the embedder.</param>
    /// <exception cref="PeftException">A file of the folder is not sound, or wants a module that is not supported.</exception>
    /// <exception cref="ArgumentException"><paramref name="maxLength"/> or <paramref name="batchSize"/> is out of range.</exception>
    public TextEmbedder(InferenceModel model, int? maxLength = null, int batchSize = 32, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _model = model;
        _ownsModel = ownsModel;
        _pooling = model.Folder is { } folder ? PoolingConfig.Load(folder) : PoolingConfig.Default;
        int length = Math.Min(_pooling.MaxLength ?? int.MaxValue, model.MaxLength);
        _inputs = new TextInputs(model, maxLength ?? length);
        _forward = new BatchedForward(model, batchSize);
    }

    /// <summary>The length of a vector.</summary>
    public int Dimension => _model.Model.Base.HiddenSize * _pooling.Modes.Count;

    /// <summary>The most tokens of a text.</summary>
    public int MaxLength => _inputs.MaxLength;

    /// <summary>Loads an embedder.</summary>
    /// <inheritdoc cref="InferenceModel.Load"/>
    public static TextEmbedder Load(InferenceOptions options) =>
        Owning.Create(InferenceModel.Load(options, TaskType.FeatureExtraction), model => new TextEmbedder(model, options.MaxLength, options.BatchSize, ownsModel: true));

    /// <summary>The vector of a text, <see cref="Dimension"/> numbers.</summary>
    /// <param name="text">The text; what exceeds the longest length is cut.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    public float[] Embed(string text, Composition? composition = null) => Embed([text], composition)[0];

    /// <summary>The vectors of texts, like lengths computed together.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="composition">The adapters; null for the model's active ones; <see cref="Composition.ByRow"/> for one a text.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>One vector a text, in order.</returns>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public IReadOnlyList<float[]> Embed(
        IReadOnlyList<string> texts, Composition? composition = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        EncodedExample[] examples = [.. _inputs.Encode([.. texts.Select(Prepare)]).Select(TextInputs.Example)];
        float[][] vectors = new float[examples.Length][];
        _forward.Run(examples, composition, Pooled, (index, vector) => vectors[index] = vector.ToArray(), cancellationToken);
        return vectors;
    }

    /// <summary>Frees the model if the embedder owns it.</summary>
    public void Dispose()
    {
        if (_ownsModel)
            _model.Dispose();
    }

    private string Prepare(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _pooling.LowerCase ? text.ToLowerInvariant() : text;
    }

    private Tensor Pooled(ModelInput input, Pass pass)
    {
        using Tensor hidden = _model.Model.Base.Hidden(input, pass);
        return Pooling.Forward(hidden, input.AttentionMask, _pooling);
    }
}
