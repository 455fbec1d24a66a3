using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Text;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>A number for a text or a pair of texts: sequence classification with one output, as in Hugging Face's models.</summary>
internal sealed class RegressionTask(TextEncoder encoder, TextColumns columns) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        TextColumns read = labelled ? columns : columns with { Label = null };
        return new Rows(OrderedParallel.Select(rows, row =>
        {
            TextSample sample = read.Read(row);
            ExampleLabel? label = labelled ? new ExampleLabel.Value(sample.Target) : null;
            Encoding encoding = encoder.Encode(sample.Text, sample.TextPair, sample.Place);
            return new Row(sample, new(encoding.ToIdArray(), TextEncoder.TypeIds(encoding), label), encoding.Overflowing.Count > 0);
        }));
    }

    private sealed record Row(TextSample Sample, EncodedExample Example, bool Cut);

    private sealed class Rows(Row[] rows) : ITaskRows
    {
        public int RowCount => rows.Length;

        public IReadOnlyList<EncodedExample> Examples { get; } = [.. rows.Select(row => row.Example)];

        public int TruncatedRows => rows.Count(row => row.Cut);

        public int DroppedRows => 0;

        public bool HasTextMetrics => false;

        public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions) =>
            throw new InvalidOperationException("The evaluator's metrics say it all.");

        public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                JsonObject json = new() { ["text"] = rows[i].Sample.Text };
                if (rows[i].Sample.TextPair is { } pair)
                    json["text_pair"] = pair;
                json["value"] = ((Prediction.Value)predictions[i]).Number;
                yield return json;
            }
        }
    }
}
