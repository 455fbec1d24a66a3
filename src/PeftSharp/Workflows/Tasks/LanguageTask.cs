using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>
/// The next token of a text, or of the completion of a prompt. The end-of-text token is added and learnt, so that the
/// model learns to stop. Prompt and completion are encoded apart, as the prompt will be when the model is used.
/// </summary>
internal sealed class LanguageTask(TextEncoder encoder, CausalColumns columns, bool completionOnly, int? endId) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        Row[] encoded = OrderedParallel.Select(rows, row => Encode(columns.Read(row)));
        return new Rows([.. encoded.Where(row => row.Learns).Select(row => row.Example)], encoded.Count(row => row.Cut), encoded.Count(row => !row.Learns));
    }

    private Row Encode(CausalSample sample)
    {
        bool hasPrompt = columns.Prompt is not null;
        List<int> ids = hasPrompt && sample.Prompt.Length > 0 ? [.. encoder.EncodeWhole(sample.Prompt, sample.Place).Ids] : [];
        int prompt = completionOnly ? ids.Count : 0;
        if (sample.Completion.Length > 0 || ids.Count == 0)
            ids.AddRange(hasPrompt && ids.Count > 0
                ? encoder.EncodeBare(sample.Completion, sample.Place).Ids
                : encoder.EncodeWhole(sample.Completion, sample.Place).Ids);
        if (endId is { } end && ids[^1] != end)
            ids.Add(end);
        bool cut = ids.Count > encoder.MaxLength;
        if (cut)
            ids.RemoveRange(encoder.MaxLength, ids.Count - encoder.MaxLength);
        int[] labels = [.. ids.Select((id, i) => i < prompt ? Collator.IgnoredLabel : id)];
        // The first token of a text is predicted from nothing, so it never counts.
        bool learns = Math.Max(prompt, 1) < ids.Count;
        return new(new([.. ids], Label: new ExampleLabel.Tokens(labels)), cut, learns);
    }

    private sealed record Row(EncodedExample Example, bool Cut, bool Learns);

    private sealed class Rows(EncodedExample[] examples, int truncated, int dropped) : ITaskRows
    {
        public int RowCount => examples.Length;

        public IReadOnlyList<EncodedExample> Examples => examples;

        public int TruncatedRows => truncated;

        public int DroppedRows => dropped;

        public bool HasTextMetrics => false;

        public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions) =>
            throw new InvalidOperationException("The evaluator's metrics say it all.");

        public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1) =>
            throw new PeftException("A language model has no labels to predict; use peft generate.");
    }
}
