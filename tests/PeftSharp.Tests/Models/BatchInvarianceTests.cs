using CsCheck;
using PeftSharp.Inference.Embedding;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

/// <summary>Any row alone gives what it gives in any batch, padded on either side, with any token for padding: every head, every pooling.</summary>
public sealed class BatchInvarianceTests
{
    private const int Words = 60, Labels = 3;

    private static readonly Gen<Row> _row = Gen.Select(Gen.Int[0, Words - 1].Array[1, 12], Gen.Int[0, Words - 1], Gen.Int[0, 4], Gen.Bool)
        .Select((ids, padding, room, left) => new Row(ids, padding, room, left));

    public static TheoryData<string, TaskType, string> Models
    {
        get
        {
            TheoryData<string, TaskType, string> models = [];
            foreach (TaskType task in (TaskType[])[TaskType.SequenceClassification, TaskType.TokenClassification, TaskType.QuestionAnswering, TaskType.FeatureExtraction])
            {
                foreach (string family in TinyEncoders.Names)
                    models.Add(family, task, "");
                models.Add("deberta-v2", task, ", \"embedding_size\": 24");
                models.Add("bert", task, ", \"is_decoder\": true");
                models.Add("llama", task, ", \"pad_token_id\": 2, \"eos_token_id\": 2");
                models.Add("llama", task, ", \"max_position_embeddings\": 6, \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 4.0}");
            }
            foreach (string family in TinyDecoders.Names)
                foreach (TaskType task in TinyDecoders.Tasks(family))
                    models.Add(family, task, "");
            return models;
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Forward_OfARowInABatch_IsThatOfTheRowAlone(string family, TaskType task, string more)
    {
        using BaseModel model = TinyConfigs.Create(family, task, more, Classes(task));
        _row.Array[1, 5].SampleSeeded(rows =>
        {
            using var scope = NewDisposeScope();
            (ModelInput input, int[] starts) = Batch(rows);
            Tensor together = model.Forward(input, Pass.Bare);
            for (int i = 0; i < rows.Length; i++)
            {
                Tensor alone = model.Forward(Alone(rows[i]), Pass.Bare)[0];
                Tensor found = alone.dim() == 1 ? together[i] : together[i].narrow(0, starts[i], rows[i].Ids.Length);
                Close.Relative(alone, found, 1e-5, "the row in its batch", 1e-5);
            }
        }, iter: 25, threads: 1);
    }

    [Theory, MemberData(nameof(Models))]
    public void Loss_OfABatch_IsTheSumOfItsRows(string family, TaskType task, string more)
    {
        if (task == TaskType.FeatureExtraction)
            return;
        using BaseModel model = TinyConfigs.Create(family, task, more, Classes(task));
        _row.Array[1, 5].SampleSeeded(rows =>
        {
            using var scope = NewDisposeScope();
            (ModelInput input, int[] starts) = Batch(rows);
            LossSum together = model.Loss(input, Answers(task, rows, starts, input.InputIds.shape[1]), Pass.Bare);
            double sum = 0;
            long count = 0;
            foreach (Row row in rows)
            {
                LossSum alone = model.Loss(Alone(row), Answers(task, [row], [0], row.Ids.Length), Pass.Bare);
                sum += alone.Sum.item<float>();
                count += alone.Count;
            }
            Assert.Equal(count, together.Count);
            Assert.Equal(sum, together.Sum.item<float>(), 1e-5 * Math.Max(1, sum));
        }, iter: 25, threads: 1);
    }

    [Fact]
    public void Pooling_OfARowInABatch_IsThatOfTheRowAlone()
    {
        PoolingMode[] all = Enum.GetValues<PoolingMode>();
        _row.Array[1, 5].SampleSeeded(rows =>
        {
            using var scope = NewDisposeScope();
            (ModelInput input, int[] starts) = Batch(rows);
            Tensor states = new RandomTensors(seed: 1).Normal([.. input.InputIds.shape, 7]);
            Tensor together = Pooling.Forward(states, input.AttentionMask, all);
            for (int i = 0; i < rows.Length; i++)
                Close.Relative(Pooling.Forward(states[i].narrow(0, starts[i], rows[i].Ids.Length).unsqueeze(0), null, all)[0], together[i], 1e-5, "the row in its batch");
        }, iter: 50, threads: 1);
    }

    private static string[]? Classes(TaskType task) =>
        task is TaskType.SequenceClassification or TaskType.TokenClassification ? [.. Enumerable.Range(0, Labels).Select(id => $"L{id}")] : null;

    private static ModelInput Alone(Row row) => new() { InputIds = tensor(Array.ConvertAll(row.Ids, id => (long)id)).unsqueeze(0) };

    /// <summary>The rows in one rectangle, and where each begins.</summary>
    private static (ModelInput Input, int[] Starts) Batch(Row[] rows)
    {
        int width = rows.Max(row => row.Ids.Length + row.Room);
        int[] starts = [.. rows.Select(row => row.Left ? width - row.Ids.Length : 0)];
        Tensor ids = zeros([rows.Length, width], dtype: ScalarType.Int64), mask = zeros([rows.Length, width], dtype: ScalarType.Int64);
        for (int i = 0; i < rows.Length; i++)
        {
            ids[i] = rows[i].Padding;
            ids[i, starts[i]..(starts[i] + rows[i].Ids.Length)] = tensor(Array.ConvertAll(rows[i].Ids, id => (long)id));
            mask[i, starts[i]..(starts[i] + rows[i].Ids.Length)] = 1;
        }
        return (new() { InputIds = ids, AttentionMask = mask }, starts);
    }

    /// <summary>Answers that follow from a row's tokens.</summary>
    private static Targets Answers(TaskType task, Row[] rows, int[] starts, long width)
    {
        if (task == TaskType.SequenceClassification)
            return new() { Labels = tensor(rows.Select(row => (long)(row.Ids[0] % Labels)).ToArray()) };
        if (task == TaskType.QuestionAnswering)
            return new()
            {
                StartPositions = tensor(rows.Select((row, i) => (long)(starts[i] + row.Ids[0] % row.Ids.Length)).ToArray()),
                EndPositions = tensor(rows.Select((row, i) => (long)(starts[i] + row.Ids[^1] % row.Ids.Length)).ToArray()),
                LabelSmoothing = 0.1,
            };
        Tensor labels = ScalarMath.Full([rows.Length, width], -100, ScalarType.Int64);
        for (int i = 0; i < rows.Length; i++)
            // The first token of a row is judged by what stands before it, which is nothing or padding.
            for (int t = 1; t < rows[i].Ids.Length; t++)
                labels[i, starts[i] + t] = task == TaskType.TokenClassification ? rows[i].Ids[t] % Labels : rows[i].Ids[t];
        return new() { Labels = labels };
    }

    internal sealed record Row(int[] Ids, int Padding, int Room, bool Left);
}
