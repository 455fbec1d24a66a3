using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Metrics;
using PeftSharp.Text;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>The answer to a question as a part of a text. A context that is too long becomes several overlapping windows.</summary>
internal sealed class QuestionTask(TextEncoder encoder, QuestionColumns columns, int stride) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        QuestionColumns read = labelled ? columns : columns with { AnswerText = null, AnswerStart = null };
        return new Rows(OrderedParallel.Select(rows, row =>
        {
            QuestionSample sample = read.Read(row);
            return new Row(sample, [.. encoder.EncodeWindows(sample.Question, sample.Context, stride, sample.Place).Select(window => ToWindow(window, sample))]);
        }));
    }

    private static Window ToWindow(Encoding encoding, QuestionSample sample)
    {
        CodePointSpan[] offsets = [.. encoding.Offsets.ToArray().Select(offset => new CodePointSpan(offset.Start, offset.End))];
        int[] sequences = encoding.SequenceIds.ToArray();
        ExampleLabel? label = sample.Answers switch
        {
            null => null,
            [] => new ExampleLabel.Span(0, 0),
            [Answer first, ..] => AnswerSpans.ToTokens(offsets, sequences, contextSequence: 1, first.Span),
        };
        return new(new(encoding.ToIdArray(), TextEncoder.TypeIds(encoding), label), offsets, sequences);
    }

    private sealed record Window(EncodedExample Example, CodePointSpan[] Offsets, int[] Sequences);

    private sealed record Row(QuestionSample Sample, Window[] Windows);

    private sealed class Rows(Row[] rows) : ITaskRows
    {
        public int RowCount => rows.Length;

        public IReadOnlyList<EncodedExample> Examples { get; } = [.. rows.SelectMany(row => row.Windows).Select(window => window.Example)];

        /// <summary>Windows lose nothing.</summary>
        public int TruncatedRows => 0;

        public int DroppedRows => 0;

        public bool HasTextMetrics => true;

        public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions)
        {
            bool hasUnanswerable = rows.Any(row => row.Sample.Answers is []);
            SquadScores scores = new(emptyMatchesEmpty: hasUnanswerable);
            foreach ((Row row, Found found) in Best(predictions))
                scores.Add(found.Text, [.. (row.Sample.Answers ?? throw new InvalidOperationException("The rows were encoded without answers.")).Select(answer => answer.Text)]);
            return new Dictionary<string, double> { ["exact_match"] = scores.ExactMatch / 100, ["f1"] = scores.F1 / 100 };
        }

        public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1) =>
            Best(predictions).Select(best => new JsonObject
            {
                ["question"] = best.Row.Sample.Question,
                ["answer"] = best.Found.Text,
                ["start"] = best.Found.Start,
                ["score"] = best.Found.Score,
            });

        /// <summary>The likeliest answer over the windows of each row; none where the first token, [CLS], wins.</summary>
        private IEnumerable<(Row Row, Found Found)> Best(IReadOnlyList<Prediction> predictions)
        {
            int at = 0;
            foreach (Row row in rows)
            {
                Found best = new("", -1, float.NegativeInfinity);
                foreach (Window window in row.Windows)
                {
                    var span = (Prediction.Span)predictions[at++];
                    if (span.Score > best.Score)
                        best = Read(row.Sample.Context, window, span);
                }
                yield return (row, best);
            }
        }

        private static Found Read(string context, Window window, Prediction.Span span)
        {
            if (window.Sequences[span.Start] != 1 || window.Sequences[span.End] != 1)
                return new("", -1, span.Score);
            CodePointSpan place = new(window.Offsets[span.Start].Start, window.Offsets[span.End].End);
            return new(CodePoints.Slice(context, place), place.Start, span.Score);
        }
    }

    private sealed record Found(string Text, int Start, float Score);
}
