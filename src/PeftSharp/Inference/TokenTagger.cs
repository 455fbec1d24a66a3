using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference.Batching;
using PeftSharp.Metrics;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Text;

namespace PeftSharp.Inference;

/// <summary>A part of a text that the model marks.</summary>
/// <param name="Type">What it is, such as <c>PER</c>.</param>
/// <param name="Text">The part itself.</param>
/// <param name="Range">Where it stands in the string, for <c>text[range]</c>.</param>
/// <param name="CodePoints">Where it stands counted in Unicode code points, as Python counts.</param>
/// <param name="Score">The mean of the probabilities of its words' tags.</param>
public sealed record TextEntity(string Type, string Text, Range Range, CodePointSpan CodePoints, float Score);

/// <summary>
/// Finds entities in text (TOKEN_CLS with tags such as B-PER, I-PER and O). A long text is looked at in overlapping
/// windows. One object serves any number of threads and adapters at once.
/// </summary>
/// <example><code>
/// using TokenTagger tagger = TokenTagger.Load(new() { Model = "bert-base", Adapter = "runs/ner/adapter" });
/// foreach (TextEntity entity in tagger.Predict("Ada Lovelace lived in London."))
///     Console.WriteLine($"{entity.Type}: {entity.Text}");
/// </code></example>
public sealed class TokenTagger : IDisposable, IAsyncDisposable
{
    private readonly InferenceModel _model;
    private readonly CallGate _calls;
    private readonly TextInputs _inputs;
    private readonly BatchedForward _forward;

    /// <summary>A tagger over a loaded model.</summary>
    /// <param name="model">A model with the head of a token classifier.</param>
    /// <param name="maxLength">The most tokens of a window; null takes what the model can.</param>
    /// <param name="batchSize">The most windows that go through the model together.</param>
    /// <param name="ownsModel">True to free the model with the tagger.</param>
    /// <exception cref="PeftException">The model was loaded for another task.</exception>
    /// <exception cref="ArgumentException"><paramref name="maxLength"/> or <paramref name="batchSize"/> is out of range.</exception>
    public TokenTagger(InferenceModel model, int? maxLength = null, int batchSize = 32, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        model.Require(TaskType.TokenClassification, "A tagger");
        _model = model;
        _calls = new CallGate(this, () => model.Release(ownsModel));
        _inputs = new TextInputs(model, maxLength);
        _forward = new BatchedForward(model, batchSize);
    }

    /// <summary>The tags by id.</summary>
    public IReadOnlyList<string> Labels => _model.Model.Base.Labels;

    /// <summary>Loads a tagger.</summary>
    /// <inheritdoc cref="InferenceModel.Load"/>
    public static TokenTagger Load(InferenceOptions options) =>
        Owning.Create(InferenceModel.Load(options, TaskType.TokenClassification), model => new TokenTagger(model, options.MaxLength, options.BatchSize, ownsModel: true));

    /// <summary>The entities of a text, in order; where tags have no prefixes, neighbours of one tag. Words are those of the tokenizer; the first token of a word speaks for it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    public IReadOnlyList<TextEntity> Predict(string text, Composition? composition = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        TaggedWord[] words = Tag(_inputs.EncodeWindows(text), composition, call.Token);
        List<TextEntity> entities = [];
        foreach (Entity entity in Entities.Find(TagNames.WithPrefixes([.. words.Select(word => word.Tag)], TagNames.Of(Labels))))
        {
            CodePointSpan span = new(words[entity.Start].Span.Start, words[entity.End].Span.End);
            int start = CodePoints.ToUtf16(text, span.Start);
            int end = CodePoints.ToUtf16(text, span.End);
            float score = words[entity.Start..(entity.End + 1)].Average(word => word.Score);
            entities.Add(new TextEntity(entity.Type, text[start..end], start..end, span, score));
        }
        return entities;
    }

    /// <summary>The tag of each word of a text that is already split, as training data has it.</summary>
    /// <param name="words">The words.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <returns>One tag a word; null for a word that is no token at all.</returns>
    /// <exception cref="PeftException">An adapter is not there.</exception>
    public IReadOnlyList<LabelScore?> Predict(IReadOnlyList<string> words, Composition? composition = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(words);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        LabelScore?[] tags = new LabelScore?[words.Count];
        foreach (TaggedWord word in Tag(_inputs.EncodeWindows(words), composition, call.Token))
            tags[word.Index] = new LabelScore(word.Tag, word.Score);
        return tags;
    }

    /// <summary>
    /// Refuses new calls with an <see cref="ObjectDisposedException"/>; a model that the tagger owns is freed when the running
    /// ones have ended.
    /// </summary>
    public void Dispose() => _calls.Dispose();

    /// <summary>The same, and waits for the running calls, for <see cref="InferenceModel.DisposeTimeout"/> at most; then they are cancelled.</summary>
    public ValueTask DisposeAsync() => _calls.CloseAsync(_model.DisposeTimeout);

    private TaggedWord[] Tag(IReadOnlyList<Encoding> windows, Composition? composition, CancellationToken cancellationToken)
    {
        SortedDictionary<int, TaggedWord> words = [];
        _forward.Run(
            [.. windows.Select(TextInputs.Example)], composition, (input, pass) => _model.Model.Base.Forward(input, pass),
            (index, logits) => Read(windows[index], logits, words), cancellationToken);
        return [.. words.Values];
    }

    /// <summary>Takes the words of a window. Of a word in two windows the one counts that sees more of what is around it.</summary>
    private void Read(Encoding window, ReadOnlySpan<float> logits, SortedDictionary<int, TaggedWord> words)
    {
        ReadOnlySpan<int> ids = window.WordIds;
        Span<float> scores = stackalloc float[Math.Min(Labels.Count, 1024)];
        if (Labels.Count > scores.Length)
            scores = new float[Labels.Count];
        for (int first = 0; first < ids.Length; first++)
        {
            if (ids[first] < 0)
                continue;
            int last = first;
            while (last + 1 < ids.Length && ids[last + 1] == ids[first])
                last++;
            int around = Math.Min(first, ids.Length - 1 - last);
            if (!words.TryGetValue(ids[first], out TaggedWord? known) || known.Around < around)
            {
                logits.Slice(first * Labels.Count, Labels.Count).CopyTo(scores);
                int best = Generation.Sampling.Scores.ArgMax(scores);
                Scoring.Softmax(scores);
                words[ids[first]] = new TaggedWord(
                    ids[first], Labels[best], scores[best], new(window.Offsets[first].Start, window.Offsets[last].End), around);
            }
            first = last;
        }
    }

    private sealed record TaggedWord(int Index, string Tag, float Score, CodePointSpan Span, int Around);
}
