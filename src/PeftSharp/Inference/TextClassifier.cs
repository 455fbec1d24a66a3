using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference.Batching;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Text;

namespace PeftSharp.Inference;

/// <summary>A label and how sure the model is of it.</summary>
/// <param name="Label">The label's name.</param>
/// <param name="Score">Its probability; for a regression the value itself.</param>
public readonly record struct LabelScore(string Label, float Score);

/// <summary>What a classifier says of a text.</summary>
/// <param name="Scores">All labels, the likeliest first.</param>
public sealed record Classification(IReadOnlyList<LabelScore> Scores)
{
    /// <summary>
    /// The labels that hold, the likeliest first: those that reach their threshold where a text may have several
    /// (<see cref="Models.ProblemType.MultiLabel"/>), maybe none; else the likeliest alone.
    /// </summary>
    public IReadOnlyList<LabelScore> Labels { get; init; } = [Scores[0]];

    /// <summary>The likeliest label.</summary>
    public string Label => Scores[0].Label;

    /// <summary>Its probability; for a regression the value itself.</summary>
    public float Score => Scores[0].Score;

    /// <summary>The so many likeliest labels.</summary>
    public IEnumerable<LabelScore> Top(int count) => Scores.Take(count);
}

/// <summary>
/// Text classification (SEQ_CLS), of one class a text or of any number of labels. One object serves any number of threads and adapters at once.
/// </summary>
/// <example><code>
/// using TextClassifier classifier = TextClassifier.Load(new() { Model = "assets/models/all-MiniLM-L6-v2", Adapter = "runs/banking77/adapter" });
/// Classification answer = classifier.Predict("Where is my card?");
/// Console.WriteLine($"{answer.Label} {answer.Score:P0}");
/// </code></example>
public sealed class TextClassifier : IDisposable, IAsyncDisposable
{
    private readonly InferenceModel _model;
    private readonly CallGate _calls;
    private readonly TextInputs _inputs;
    private readonly BatchedForward _forward;
    private readonly Scoring _scoring;

    /// <summary>A classifier over a loaded model.</summary>
    /// <param name="model">A model with the head of a text classifier.</param>
    /// <param name="maxLength">The most tokens of a text, longer ones being cut; null takes what the model can.</param>
    /// <param name="batchSize">The most texts that go through the model together.</param>
    /// <param name="ownsModel">True to free the model with the classifier.</param>
    /// <exception cref="PeftException">The model was loaded for another task.</exception>
    /// <exception cref="ArgumentException"><paramref name="maxLength"/> or <paramref name="batchSize"/> is out of range.</exception>
    public TextClassifier(InferenceModel model, int? maxLength = null, int batchSize = 32, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        model.Require(TaskType.SequenceClassification, "A text classifier");
        _model = model;
        _calls = new CallGate(this, () => model.Release(ownsModel));
        _inputs = new TextInputs(model, maxLength);
        _forward = new BatchedForward(model, batchSize);
        _scoring = Scoring.Of(model.Model.Base);
    }

    /// <summary>The labels by id.</summary>
    public IReadOnlyList<string> Labels => _model.Model.Base.Labels;

    /// <summary>The model behind it.</summary>
    internal InferenceModel Model => _model;

    /// <summary>Loads a classifier.</summary>
    /// <inheritdoc cref="InferenceModel.Load"/>
    public static TextClassifier Load(InferenceOptions options) =>
        Owning.Create(InferenceModel.Load(options, TaskType.SequenceClassification), model => new TextClassifier(model, options.MaxLength, options.BatchSize, ownsModel: true));

    /// <summary>Classifies a text.</summary>
    /// <param name="text">The text; what exceeds the longest length is cut.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    public Classification Predict(string text, Composition? composition = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Predict([text], composition)[0];
    }

    /// <summary>Classifies texts, like lengths together.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="composition">The adapters; null for the model's active ones; <see cref="Composition.ByRow"/> for one a text.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>One classification a text, in order.</returns>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public IReadOnlyList<Classification> Predict(
        IReadOnlyList<string> texts, Composition? composition = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        return Predict(_inputs.Encode(texts), composition, call.Token);
    }

    /// <summary>Classifies pairs of texts, such as a premise and a hypothesis; what is too long is cut from the longer one.</summary>
    /// <inheritdoc cref="Predict(IReadOnlyList{string}, Composition?, CancellationToken)"/>
    public IReadOnlyList<Classification> Predict(
        IReadOnlyList<(string Text, string TextPair)> texts, Composition? composition = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        return Predict(_inputs.Encode(texts), composition, call.Token);
    }

    /// <summary>
    /// Refuses new calls with an <see cref="ObjectDisposedException"/>; a model that the classifier owns is freed when the running
    /// ones have ended.
    /// </summary>
    public void Dispose() => _calls.Dispose();

    /// <summary>The same, and waits for the running calls, for <see cref="InferenceModel.DisposeTimeout"/> at most; then they are cancelled.</summary>
    public ValueTask DisposeAsync() => _calls.CloseAsync(_model.DisposeTimeout);

    private Classification[] Predict(IReadOnlyList<Encoding> texts, Composition? composition, CancellationToken cancellationToken)
    {
        EncodedExample[] examples = [.. texts.Select(TextInputs.Example)];
        Classification[] answers = new Classification[examples.Length];
        _forward.Run(
            examples, composition, (input, pass) => _model.Model.Base.Forward(input, pass),
            (index, logits) => answers[index] = _scoring.Classify(logits), cancellationToken);
        return answers;
    }
}
