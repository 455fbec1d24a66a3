using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Metrics;
using PeftSharp.Models;
using PeftSharp.Text;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>Any number of labels for a text or a pair of texts: each that has at least its threshold as probability.</summary>
internal sealed class MultiLabelTask(TextEncoder encoder, MultiLabelColumns columns, LabelMap labels, IReadOnlyList<float> thresholds) : ITextTask
{
    /// <summary>From which probability on each label holds; may be set anew before the answers are read.</summary>
    public IReadOnlyList<float> Thresholds { get; set; } = thresholds;

    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        MultiLabelColumns read = labelled ? columns : columns with { Labels = null };
        MultiLabelSample[] samples = OrderedParallel.Select(rows, read.Read);
        bool vectors = labelled && LabelSets.AreVectors(samples.Select(sample => sample.Labels!), labels.Names);
        return new Rows(this, labels, OrderedParallel.Select(samples, sample =>
        {
            bool[]? holds = labelled ? LabelSets.ToFlags(sample.Labels!, labels, vectors, sample.Place) : null;
            Encoding encoding = encoder.Encode(sample.Text, sample.TextPair, sample.Place);
            ExampleLabel? label = holds is null ? null : new ExampleLabel.Flags(holds);
            return new Row(sample, holds, new(encoding.ToIdArray(), TextEncoder.TypeIds(encoding), label), encoding.Overflowing.Count > 0);
        }));
    }

    /// <summary>For each label the threshold with the best F1 on labelled rows.</summary>
    /// <param name="rows">What <see cref="Encode"/> gave.</param>
    /// <param name="predictions">One for each row.</param>
    public static IReadOnlyList<float> Tune(ITaskRows rows, IReadOnlyList<Prediction> predictions)
    {
        Row[] all = ((Rows)rows).All;
        float[][] scores = [.. predictions.Select(prediction => ((Prediction.Labels)prediction).Probabilities.ToArray())];
        return [.. Enumerable.Range(0, scores[0].Length).Select(label => (float)ThresholdSearch.BestF1(
            [.. scores.Select(row => row[label])], [.. all.Select(row => row.Holds![label])], LabelThresholds.Default))];
    }

    private sealed record Row(MultiLabelSample Sample, bool[]? Holds, EncodedExample Example, bool Cut);

    private sealed class Rows(MultiLabelTask task, LabelMap labels, Row[] rows) : ITaskRows
    {
        public Row[] All => rows;

        public int RowCount => rows.Length;

        public IReadOnlyList<EncodedExample> Examples { get; } = [.. rows.Select(row => row.Example)];

        public int TruncatedRows => rows.Count(row => row.Cut);

        public int DroppedRows => 0;

        public bool HasTextMetrics => true;

        public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions) =>
            new OrderedDictionary<string, double>(Scores(predictions).Metrics().Select(pair => KeyValuePair.Create(pair.Name, pair.Value)));

        public ClassReport? Report(IReadOnlyList<Prediction> predictions) => Scores(predictions).Report(labels.Names);

        public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                IReadOnlyList<float> probabilities = ((Prediction.Labels)predictions[i]).Probabilities;
                int[] order = [.. Enumerable.Range(0, probabilities.Count).OrderByDescending(id => probabilities[id])];
                int[] holding = [.. order.Where(id => probabilities[id] >= task.Thresholds[id])];
                JsonObject json = new() { ["text"] = rows[i].Sample.Text };
                if (rows[i].Sample.TextPair is { } pair)
                    json["text_pair"] = pair;
                json["labels"] = new JsonArray([.. holding.Select(id => (JsonNode)labels.NameOf(id))]);
                json["scores"] = new JsonArray([.. holding.Select(id => (JsonNode)probabilities[id])]);
                if (topK > 1)
                    json["top"] = new JsonArray([.. order.Take(topK).Select(id => new JsonObject { ["label"] = labels.NameOf(id), ["probability"] = probabilities[id] })]);
                yield return json;
            }
        }

        private MultiLabelCounter Scores(IReadOnlyList<Prediction> predictions)
        {
            MultiLabelCounter counter = new(task.Thresholds);
            for (int i = 0; i < rows.Length; i++)
                counter.Add(
                    ((Prediction.Labels)predictions[i]).Probabilities.ToArray(),
                    rows[i].Holds ?? throw new InvalidOperationException("The rows were encoded without labels."));
            return counter;
        }
    }
}
