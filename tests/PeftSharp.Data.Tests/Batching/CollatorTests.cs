using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Batching;

public sealed class CollatorTests
{
    private const int Pad = 9;

    private static readonly EncodedExample[] Tagged =
    [
        new([1, 2, 3], [0, 0, 1], new ExampleLabel.Tokens([4, -100, 5])),
        new([6], null, new ExampleLabel.Tokens([7])),
    ];

    [Fact]
    public void Collate_RightPadding_FillsTheEnds()
    {
        PaddedBatch batch = Collate(new Collator(Pad, padToMultipleOf: 4), Tagged);
        Assert.Equal((2, 4, 4), (batch.Rows, batch.Width, batch.TokenCount));
        Assert.Equal([1, 2, 3, Pad, 6, Pad, Pad, Pad], batch.InputIds.ToArray());
        Assert.Equal([1, 1, 1, 0, 1, 0, 0, 0], batch.AttentionMask.ToArray());
        Assert.Equal([0, 0, 1, 0, 0, 0, 0, 0], batch.TypeIds.ToArray());
        Assert.Equal([4, -100, 5, -100, 7, -100, -100, -100], batch.Labels.ToArray());
        Assert.True(batch.HasTypeIds);
        Assert.True(batch.Values.IsEmpty && batch.SpanEnds.IsEmpty);
    }

    [Fact]
    public void Collate_LeftPadding_MovesTokensLabelsAndSpans()
    {
        Collator collator = new(Pad, side: PaddingSide.Left);
        PaddedBatch batch = Collate(collator, Tagged);
        Assert.Equal([1, 2, 3, Pad, Pad, 6], batch.InputIds.ToArray());
        Assert.Equal([4, -100, 5, -100, -100, 7], batch.Labels.ToArray());
        batch = Collate(collator, [new([1, 2, 3], null, new ExampleLabel.Span(1, 2)), new([1, 2], null, new ExampleLabel.Span(0, 1))]);
        Assert.Equal([1, 1], batch.Labels.ToArray());
        Assert.Equal([2, 2], batch.SpanEnds.ToArray());
    }

    [Fact]
    public void Collate_ClassesAndNumbers_FillTheirOwnArrays()
    {
        PaddedBatch batch = Collate(new Collator(Pad), [new([1], null, new ExampleLabel.Class(3)), new([1], null, new ExampleLabel.Class(0))]);
        Assert.Equal([3, 0], batch.Labels.ToArray());
        Assert.False(batch.HasTypeIds);
        batch = Collate(new Collator(Pad), [new([1], null, new ExampleLabel.Value(0.5f))]);
        Assert.Equal([0.5f], batch.Values.ToArray());
        Assert.True(batch.Labels.IsEmpty);
        Assert.True(Collate(new Collator(Pad), [new([1])]).Labels.IsEmpty);
    }

    [Fact]
    public void Collate_ReusedBatch_ShowsNothingOfTheOneBefore() =>
        Gen.Select(Gen.Int[0, 8].Array[1, 12].Array[1, 6], Gen.Int[1, 8], Gen.Bool).Array[1, 4].SampleSeeded(batches =>
        {
            PaddedBatch reused = new();
            foreach ((int[][] rows, int multiple, bool left) in batches)
            {
                EncodedExample[] examples = [.. rows.Select(ids => new EncodedExample(ids, ids, new ExampleLabel.Tokens(ids)))];
                Collator collator = new(Pad, multiple, left ? PaddingSide.Left : PaddingSide.Right);
                int[] indices = SampleOrder.Shuffled(rows.Length, 5, rows.Length);
                collator.Collate(examples, indices, reused);
                int width = (rows.Max(r => r.Length) + multiple - 1) / multiple * multiple;
                Assert.Equal((rows.Length, width), (reused.Rows, reused.Width));
                long[] Row(int[] ids, int padding)
                {
                    long[] pad = [.. Enumerable.Repeat((long)padding, width - ids.Length)], values = [.. ids.Select(i => (long)i)];
                    return left ? [.. pad, .. values] : [.. values, .. pad];
                }

                Assert.Equal(indices.SelectMany(i => Row(rows[i], Pad)), reused.InputIds.ToArray());
                Assert.Equal(indices.SelectMany(i => Row(rows[i], 0)), reused.TypeIds.ToArray());
                Assert.Equal(indices.SelectMany(i => Row(rows[i], -100)), reused.Labels.ToArray());
                Assert.Equal(indices.SelectMany(i => Row([.. rows[i].Select(_ => 1)], 0)), reused.AttentionMask.ToArray());
                Assert.Equal(rows.Sum(r => r.Length), reused.TokenCount);
            }
        });

    [Fact]
    public void Collate_SmallerBatch_AllocatesNothing()
    {
        Collator collator = new(Pad);
        PaddedBatch batch = new();
        collator.Collate(Tagged, [0, 1], batch);
        int[] indices = [1, 0];
        collator.Collate(Tagged, [1], batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            collator.Collate(Tagged, indices, batch);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [Theory]
    [InlineData(0, "no tokens")]
    [InlineData(1, "2 tokens and 1 type ids")]
    [InlineData(2, "2 tokens and 3 token labels")]
    [InlineData(3, "an answer on tokens 1 to 2")]
    [InlineData(4, "Example 0 has token labels, others of its batch have a class")]
    public void Collate_BadExample_SaysWhich(int bad, string message)
    {
        EncodedExample[] examples =
        [
            new([]), new([1, 2], [0]), new([1, 2], null, new ExampleLabel.Tokens([1, 2, 3])),
            new([1, 2], null, new ExampleLabel.Span(1, 2)), new([1, 2], null, new ExampleLabel.Class(1)),
        ];
        EncodedExample[] batch = bad == 4 ? [new([1], null, new ExampleLabel.Tokens([1])), examples[4]] : [examples[bad]];
        int[] indices = bad == 4 ? [1, 0] : [0];
        string error = Assert.Throws<ArgumentException>(() => new Collator(Pad).Collate(batch, indices, new())).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Collate_NoIndices_Throws()
    {
        Assert.Throws<ArgumentException>(() => new Collator(Pad).Collate(Tagged, [], new()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Collator(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Collator(0, 0));
    }

    private static PaddedBatch Collate(Collator collator, EncodedExample[] examples)
    {
        PaddedBatch batch = new();
        collator.Collate(examples, SampleOrder.Sequential(examples.Length), batch);
        return batch;
    }

    [Fact]
    public void Collate_SetsOfLabels_AreNumbersALabel()
    {
        PaddedBatch batch = new();
        EncodedExample[] examples = [new([1], Label: new ExampleLabel.Flags([true, false, true])), new([1, 2], Label: new ExampleLabel.Flags([false, false, false]))];
        new Collator(0).Collate(examples, [0, 1], batch);
        Assert.Equal(3, batch.LabelCount);
        Assert.Equal([1, 0, 1, 0, 0, 0], batch.Values.ToArray());
        new Collator(0).Collate([new([1], Label: new ExampleLabel.Value(2))], [0], batch);
        Assert.Equal((0, 1), (batch.LabelCount, batch.Values.Length));
        examples[1] = examples[1] with { Label = new ExampleLabel.Flags([true]) };
        Assert.Throws<ArgumentException>(() => new Collator(0).Collate(examples, [0, 1], batch));
    }
}
