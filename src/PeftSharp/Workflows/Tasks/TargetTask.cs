using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>A text that an encoder-decoder writes for another one. Both get the tokenizer's special tokens; what is too long loses its end.</summary>
/// <param name="encoder">Encodes what is read.</param>
/// <param name="writer">Encodes what is written.</param>
/// <param name="columns">The columns.</param>
internal sealed class TargetTask(TextEncoder encoder, TextEncoder writer, SourceColumns columns) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        SourceColumns read = labelled ? columns : columns with { Target = null };
        return new Rows(OrderedParallel.Select(rows, row => Encode(read.Read(row))));
    }

    private Row Encode(SourceSample sample)
    {
        Text.Encoding source = encoder.Encode(sample.Source, null, sample.Place);
        Text.Encoding? target = sample.Target is null ? null : writer.Encode(sample.Target, null, sample.Place);
        return new(
            new(source.ToIdArray(), Label: target is null ? null : new ExampleLabel.Text(target.ToIdArray())),
            source.Overflowing.Count > 0 || target is { Overflowing.Count: > 0 });
    }

    private sealed record Row(EncodedExample Example, bool Cut);

    private sealed class Rows(Row[] rows) : ITaskRows
    {
        public int RowCount => rows.Length;

        public IReadOnlyList<EncodedExample> Examples { get; } = [.. rows.Select(row => row.Example)];

        public int TruncatedRows => rows.Count(row => row.Cut);

        public int DroppedRows => 0;

        public bool HasTextMetrics => false;

        public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions) =>
            throw new InvalidOperationException("The evaluator's metrics say it all.");

        public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1) =>
            throw new PeftException("An encoder-decoder has no labels to predict; use peft generate.");
    }
}
