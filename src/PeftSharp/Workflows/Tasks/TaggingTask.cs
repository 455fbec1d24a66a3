using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Metrics;
using PeftSharp.Text;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>A tag for every word: the word's first token carries it, its other tokens count for nothing.</summary>
internal sealed class TaggingTask(TextEncoder encoder, TagColumns columns, LabelMap labels) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        TagColumns read = labelled ? columns : columns with { Tags = null };
        return new Rows(labels, OrderedParallel.Select(rows, row =>
        {
            TagSample sample = read.Read(row);
            int[]? tags = labelled ? [.. sample.Tags!.Select(tag => labels.IdOf(tag, sample.Place))] : null;
            Encoding encoding = encoder.EncodeWords(sample.Words, sample.Place);
            ExampleLabel? label = tags is null ? null : new ExampleLabel.Tokens(WordLabels.ToTokens(encoding.WordIds, tags));
            return new Row(sample, tags, encoding.WordIds.ToArray(), new(encoding.ToIdArray(), TextEncoder.TypeIds(encoding), label), encoding.Overflowing.Count > 0);
        }));
    }

    private sealed record Row(TagSample Sample, int[]? Tags, int[] WordIds, EncodedExample Example, bool Cut);

    private sealed class Rows(LabelMap labels, Row[] rows) : ITaskRows
    {
        /// <summary>What a word has that truncation cut off.</summary>
        private readonly string _unseen = labels.TryGetId("O", out _) ? "O" : labels.NameOf(0);

        private readonly TagNaming _naming = TagNames.Of(labels.Names);

        public int RowCount => rows.Length;

        public IReadOnlyList<EncodedExample> Examples { get; } = [.. rows.Select(row => row.Example)];

        public int TruncatedRows => rows.Count(row => row.Cut);

        public int DroppedRows => 0;

        public bool HasTextMetrics => _naming != TagNaming.None;

        public string? Note => _naming != TagNaming.None ? null
            : $"the tags {NearestName.List(labels.Names)} name no entities (B-PER, I-PER, O would), so tokens are scored and entities cannot be."
                + (labels.Names.All(LabelMap.IsPlainInteger)
                    ? " Name the tags in the order of their numbers, labels: [O, B-PER, ...] (--labels O,B-PER,...), or put the data set's dataset_info.json beside the file." : "");

        public ClassReport? Report(IReadOnlyList<Prediction> predictions) =>
            new() { Classes = [.. Scores(predictions).Types.Select(type => ClassLine.Of(type.Key, type.Value))] };

        public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions)
        {
            EntityScores scores = Scores(predictions);
            ClassScores all = scores.Average(Averaging.Micro);
            return new Dictionary<string, double>
            {
                ["f1"] = all.F1,
                ["precision"] = all.Precision,
                ["recall"] = all.Recall,
                ["accuracy"] = scores.TokenAccuracy,
            };
        }

        public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                IReadOnlyList<string> words = rows[i].Sample.Words;
                string[] tags = Tags(rows[i], predictions[i]);
                JsonObject answer = new()
                {
                    ["tokens"] = new JsonArray([.. words.Select(word => (JsonNode)word)]),
                    ["tags"] = new JsonArray([.. tags.Select(tag => (JsonNode)tag)]),
                };
                if (_naming != TagNaming.None)
                    answer["entities"] = new JsonArray([.. Entities.Find(TagNames.WithPrefixes(tags, _naming)).Select(entity => new JsonObject
                    {
                        ["type"] = entity.Type,
                        ["text"] = string.Join(' ', words.Skip(entity.Start).Take(entity.End - entity.Start + 1)),
                    })]);
                yield return answer;
            }
        }

        private EntityScores Scores(IReadOnlyList<Prediction> predictions)
        {
            EntityScores scores = new();
            for (int i = 0; i < rows.Length; i++)
                scores.Add(
                    TagNames.WithPrefixes(Tags(rows[i], predictions[i]), _naming),
                    TagNames.WithPrefixes(RightTags(rows[i]), _naming));
            return scores;
        }

        /// <summary>By name, whether the data names them or numbers them.</summary>
        private string[] RightTags(Row row) =>
            [.. (row.Tags ?? throw new InvalidOperationException("The rows were encoded without tags.")).Select(labels.NameOf)];

        private string[] Tags(Row row, Prediction prediction)
        {
            int[] ids = [.. ((Prediction.Tokens)prediction).Ids];
            int[] words = WordLabels.ToWords(row.WordIds, ids, row.Sample.Words.Count);
            return [.. words.Select(id => id == Collator.IgnoredLabel ? _unseen : labels.NameOf(id))];
        }
    }
}
