using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Tests.Tensors;
using PeftSharp.Tests.Training;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

/// <summary>A batch of rows of different lengths gives what its rows give one by one, and no product sees padding.</summary>
[Collection(nameof(Alone))]
public sealed class UnpaddedTests : IDisposable
{
    private static readonly int[] _rows = [0, 1, 2, 3, 4];

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string family in (string[])["bert", "bert_tokcls", "llama", "llama_seqcls"])
                foreach (string method in (string[])["lora", "prefix", "prompt"])
                    cases.Add(family, method);
            return cases;
        }
    }

    public void Dispose() => KernelClock.IsOn = false;

    [Theory, MemberData(nameof(Cases))]
    public void Loss_OfRaggedRows_IsThatOfEachAlone(string family, string method)
    {
        using TinyModel tiny = TinyModel.Open(family, Options(method));
        TrainingData data = tiny.Data(_rows.Length);
        Assert.True(data.Train.Select(example => example.Length).Distinct().Count() > 1);
        (double together, float[] gradient) = Run([_rows]);
        (double apart, float[] expected) = Run([.. _rows.Select(row => (int[])[row])]);
        Assert.Equal(apart, together, 1e-5 * apart);
        float scale = expected.Max(Math.Abs);
        Assert.True(scale > 0);
        Assert.True(expected.Zip(gradient).Max(pair => Math.Abs(pair.First - pair.Second)) <= 2e-5 * scale);

        (double, float[]) Run(IReadOnlyList<int[]> batches)
        {
            double sum = 0;
            foreach (int[] rows in batches)
            {
                using var scope = NewDisposeScope();
                PaddedBatch batch = new();
                new Collator(0, side: data.Padding).Collate(data.Train, rows, batch);
                // As the trainer has it: nothing stands before a row's first token.
                if (family == "llama")
                    for (int row = 0; row < rows.Length; row++)
                        batch.Labels.Span[row * batch.Width] = Collator.IgnoredLabel;
                var loss = tiny.Base.Loss(BatchTensors.Input(batch, CPU), BatchTensors.Labels(batch, CPU), tiny.Model.Pass());
                loss.Sum.backward();
                GraphNode.EndBackward();
                sum += loss.Sum.item<float>();
            }
            float[] values = [.. tiny.Adapter.Trainable.SelectMany(tensor => tensor.Value.grad!.data<float>().ToArray())];
            foreach (var tensor in tiny.Adapter.Trainable)
                tensor.Value.grad = null;
            return (sum, values);
        }
    }

    [Theory]
    [InlineData("bert_tokcls")]
    [InlineData("llama")]
    public void Loss_OfRaggedRows_MultipliesNoPadding(string family)
    {
        using TinyModel tiny = TinyModel.Open(family, TinyModel.Lora(dropout: 0));
        TrainingData data = tiny.Data(_rows.Length);
        int longest = data.Train.Max(example => example.Length), total = data.Train.Sum(example => example.Length);
        Assert.True(total < longest * _rows.Length);
        // All rows as long as the longest, against the same rows with their padding: the share of the tokens that are real.
        double whole = Operations([.. data.Train.Select(example => Longer(example, longest))]), ragged = Operations(data.Train);
        Assert.InRange(ragged / whole, 0.9 * total / (longest * _rows.Length), 1.1 * total / (longest * _rows.Length));

        double Operations(IReadOnlyList<EncodedExample> examples)
        {
            using var scope = NewDisposeScope();
            PaddedBatch batch = new();
            new Collator(0).Collate(examples, _rows, batch);
            KernelClock.Take();
            KernelClock.IsOn = true;
            tiny.Base.Loss(BatchTensors.Input(batch, CPU), BatchTensors.Labels(batch, CPU), tiny.Model.Pass());
            KernelClock.IsOn = false;
            return KernelClock.Take().FrozenOperations;
        }

        static EncodedExample Longer(EncodedExample example, int length)
        {
            int[] ids = new int[length], labels = new int[length];
            Array.Fill(ids, 5);
            var given = (ExampleLabel.Tokens)example.Label!;
            for (int i = 0; i < length; i++)
                labels[i] = given.Ids[i % given.Ids.Length];
            return new EncodedExample(ids, Label: new ExampleLabel.Tokens(labels));
        }
    }

    private static PeftOptions Options(string method) => method switch
    {
        "prefix" => new PrefixTuningOptions { NumVirtualTokens = 3 },
        "prompt" => new PromptTuningOptions { NumVirtualTokens = 3 },
        _ => TinyModel.Lora(dropout: 0),
    };
}
