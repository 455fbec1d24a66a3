using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Text;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>One class for a text or a pair of texts.</summary>
internal sealed class ClassificationTask(TextEncoder encoder, TextColumns columns, LabelMap labels) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        TextColumns read = labelled ? columns : columns with { Label = null };
        return new Rows(labels, OrderedParallel.Select(rows, row =>
        {
            TextSample sample = read.Read(row);
            ExampleLabel? label = labelled ? new ExampleLabel.Class(labels.IdOf(sample.Label!, sample.Place)) : null;
            Encoding encoding = encoder.Encode(sample.Text, sample.TextPair, sample.Place);
            return new Row(sample, new(encoding.ToIdArray(), TextEncoder.TypeIds(encoding), label), encoding.Overflowing.Count > 0);
        }));
    }

    private sealed record Row(TextSample Sample, EncodedExample Example, bool Cut);

    private sealed class Rows(LabelMap labels, Row[] rows) : ITaskRows
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
                var answer = (Prediction.Class)predictions[i];
                JsonObject json = new() { ["text"] = rows[i].Sample.Text };
                if (rows[i].Sample.TextPair is { } pair)
                    json["text_pair"] = pair;
                json["label"] = labels.NameOf(answer.Id);
                json["probability"] = answer.Probabilities[answer.Id];
                if (topK > 1)
                    json["top"] = Likeliest(answer.Probabilities, topK);
                yield return json;
            }
        }

        private JsonArray Likeliest(IReadOnlyList<float> probabilities, int topK) =>
            [.. Enumerable.Range(0, probabilities.Count)
                .OrderByDescending(id => probabilities[id])
                .Take(topK)
                .Select(id => new JsonObject { ["label"] = labels.NameOf(id), ["probability"] = probabilities[id] })];
    }
}
