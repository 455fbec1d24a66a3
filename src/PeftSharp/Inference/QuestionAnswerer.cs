using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference.Batching;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Text;

namespace PeftSharp.Inference;

/// <summary>The part of a context that answers a question.</summary>
/// <param name="Text">The answer.</param>
/// <param name="Range">Where it stands in the context, for <c>context[range]</c>.</param>
/// <param name="CodePoints">Where it stands counted in Unicode code points, as Python counts.</param>
/// <param name="Score">The product of the probabilities of its first and its last token.</param>
public sealed record TextAnswer(string Text, Range Range, CodePointSpan CodePoints, float Score);

/// <summary>
/// Answers questions with a part of a given text (QUESTION_ANS). A long context is looked at in overlapping windows. One
/// object serves any number of threads and adapters at once.
/// </summary>
public sealed class QuestionAnswerer : IDisposable, IAsyncDisposable
{
    private readonly InferenceModel _model;
    private readonly CallGate _calls;
    private readonly TextInputs _inputs;
    private readonly BatchedForward _forward;

    /// <summary>An answerer over a loaded model.</summary>
    /// <param name="model">A model with the head of question answering.</param>
    /// <param name="maxLength">The most tokens of question and window; null takes what the model can.</param>
    /// <param name="batchSize">The most windows that go through the model together.</param>
    /// <param name="ownsModel">True to free the model with the answerer.</param>
    /// <exception cref="PeftException">The model was loaded for another task.</exception>
    /// <exception cref="ArgumentException"><paramref name="maxLength"/> or <paramref name="batchSize"/> is out of range.</exception>
    public QuestionAnswerer(InferenceModel model, int? maxLength = null, int batchSize = 32, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        model.Require(TaskType.QuestionAnswering, "Question answering");
        _model = model;
        _calls = new CallGate(this, () => model.Release(ownsModel));
        _inputs = new TextInputs(model, maxLength);
        _forward = new BatchedForward(model, batchSize);
    }

    /// <summary>Loads an answerer.</summary>
    /// <inheritdoc cref="InferenceModel.Load"/>
    public static QuestionAnswerer Load(InferenceOptions options) =>
        Owning.Create(InferenceModel.Load(options, TaskType.QuestionAnswering), model => new QuestionAnswerer(model, options.MaxLength, options.BatchSize, ownsModel: true));

    /// <summary>The likeliest answer, or null for a context without a token.</summary>
    /// <param name="question">The question.</param>
    /// <param name="context">The text to answer from.</param>
    /// <param name="maxAnswerTokens">The longest answer.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <exception cref="ArgumentException">The question leaves no room for the context.</exception>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    public TextAnswer? Answer(
        string question, string context, int maxAnswerTokens = 30, Composition? composition = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxAnswerTokens);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        IReadOnlyList<Encoding> windows = _inputs.EncodeWindows(question, context);
        (CodePointSpan Span, float Score)? best = null;
        _forward.Run(
            [.. windows.Select(TextInputs.Example)], composition, (input, pass) => _model.Model.Base.Forward(input, pass),
            (index, logits) =>
            {
                if (Best(windows[index], logits, maxAnswerTokens) is { } found && (best is null || found.Score > best.Value.Score))
                    best = found;
            },
            call.Token);
        if (best is not { } answer)
            return null;
        int start = CodePoints.ToUtf16(context, answer.Span.Start);
        int end = CodePoints.ToUtf16(context, answer.Span.End);
        return new TextAnswer(context[start..end], start..end, answer.Span, answer.Score);
    }

    /// <summary>
    /// Refuses new calls with an <see cref="ObjectDisposedException"/>; a model that the answerer owns is freed when the running
    /// ones have ended.
    /// </summary>
    public void Dispose() => _calls.Dispose();

    /// <summary>The same, and waits for the running calls, for <see cref="InferenceModel.DisposeTimeout"/> at most; then they are cancelled.</summary>
    public ValueTask DisposeAsync() => _calls.CloseAsync(_model.DisposeTimeout);

    /// <param name="window">Question and context.</param>
    /// <param name="logits">(length, 2): start and end of each token; more where the batch is wider.</param>
    /// <param name="maxTokens">The longest answer.</param>
    private static (CodePointSpan Span, float Score)? Best(Encoding window, ReadOnlySpan<float> logits, int maxTokens)
    {
        ReadOnlySpan<int> sequences = window.SequenceIds;
        float[] starts = new float[window.Length];
        float[] ends = new float[window.Length];
        for (int i = 0; i < window.Length; i++)
        {
            // Only tokens of the context take part in the probabilities.
            starts[i] = sequences[i] == 1 ? logits[2 * i] : float.NegativeInfinity;
            ends[i] = sequences[i] == 1 ? logits[2 * i + 1] : float.NegativeInfinity;
        }
        if (AnswerSpans.Best(starts, ends, sequences, contextSequence: 1, maxTokens) is not { } best)
            return null;
        Scoring.Softmax(starts);
        Scoring.Softmax(ends);
        CodePointSpan span = new(window.Offsets[best.Tokens.Start].Start, window.Offsets[best.Tokens.End].End);
        return (span, starts[best.Tokens.Start] * ends[best.Tokens.End]);
    }
}
