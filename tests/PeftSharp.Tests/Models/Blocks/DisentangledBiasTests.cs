using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Models.Blocks;
using PeftSharp.Models.Nodes;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models.Blocks;

/// <summary>Disentangled attention against the sums of its paper (He et al. 2021, arXiv:2006.03654, equation 4), written out.</summary>
public sealed class DisentangledBiasTests
{
    private const int Heads = 4, Width = 8, Span = 6, Farthest = 48;

    [Theory]
    [InlineData(true, true, 5, 5, false)]
    [InlineData(true, true, 4, 9, true)]
    [InlineData(true, false, 30, 37, false)]
    [InlineData(false, true, 3, 3, true)]
    [InlineData(false, true, 6, 8, false)]
    public void Of_QueriesAndKeys_IsTheSumOfThePaper(bool c2p, bool p2c, int queries, int keys, bool withPlaces)
    {
        using var scope = NewDisposeScope();
        // The same places twice, from elsewhere on.
        Tensor? places = withPlaces ? stack([ScalarMath.Range(3, 3 + queries, CPU), ScalarMath.Range(9, 9 + queries, CPU)]) : null;
        using BaseModel model = TinyConfigs.Create("deberta-v2", TaskType.FeatureExtraction);
        Embedding rows = (Embedding)model.FindNode("encoder.rel_embeddings")!;
        Linear key = (Linear)model.FindNode("encoder.layer.0.attention.self.key_proj")!, query = (Linear)model.FindNode("encoder.layer.0.attention.self.query_proj")!;
        RelativeTable table = new(rows, null, new RelativeDistances(Span, Farthest), 0);
        RandomTensors random = new(seed: 4);
        Tensor q = random.Normal(2, Heads, queries, Width), k = random.Normal(2, Heads, keys, Width);

        Tensor found = new DisentangledBias(table, c2p ? key : null, p2c ? query : null, Heads, 0.5).Of(q, k, places, Pass.Bare);
        Tensor inFront = found.narrow(3, 0, keys - queries);
        Assert.Equal(0, inFront.count_nonzero().item<long>());

        Tensor keyed = key.Forward(rows.Weight.Value, Pass.Bare), queried = query.Forward(rows.Weight.Value, Pass.Bare);
        Tensor expected = zeros(2, Heads, queries, queries);
        for (int i = 0; i < queries; i++)
            for (int j = 0; j < queries; j++)
            {
                int row = Row(i - j);
                for (int head = 0; head < Heads; head++)
                {
                    Tensor sum = zeros(2);
                    if (c2p)
                        sum = sum.Plus(q.select(1, head).select(1, i).matmul(keyed[row].narrow(0, head * Width, Width)));
                    if (p2c)
                        sum = sum.Plus(k.select(1, head).select(1, keys - queries + j).matmul(queried[row].narrow(0, head * Width, Width)));
                    expected.select(1, head).select(1, i).select(1, j).copy_(sum.mul(tensor(0.5f)));
                }
            }
        Close.Relative(expected, found.narrow(3, keys - queries, queries), 1e-5, "bias");
        Assert.True(found.is_contiguous());
    }

    [Theory]
    [InlineData(0, 6)]
    [InlineData(2, 8)]
    [InlineData(-2, 4)]
    [InlineData(3, 9)]
    [InlineData(4, 10)]
    [InlineData(47, 11)]
    [InlineData(-47, 1)]
    [InlineData(200, 11)]
    public void Rows_OfADistance_IsItsBucket(int distance, int expected)
    {
        using var scope = NewDisposeScope();
        int length = Math.Abs(distance) + 1;
        Tensor rows = new RelativeDistances(Span, Farthest).Rows(length, CPU);
        Assert.Equal(expected, rows[Math.Max(distance, 0), Math.Max(-distance, 0)].item<long>());
        Assert.Equal(expected, Row(distance));
    }

    [Fact]
    public void Rows_WithoutBuckets_AreTheDistancesUpToTheSpan()
    {
        using var scope = NewDisposeScope();
        Tensor rows = new RelativeDistances(2, null).Rows(4, CPU);
        Assert.Equal([2, 1, 0, 0, 3, 2, 1, 0, 3, 3, 2, 1, 3, 3, 3, 2], rows.data<long>().ToArray());
    }

    /// <summary>The bucket of a distance: itself up to the middle, then by its logarithm.</summary>
    private static int Row(int distance)
    {
        const int Middle = Span / 2;
        int size = Math.Abs(distance);
        double bucket = size <= Middle ? size : Middle + Math.Ceiling(Math.Log(size / (double)Middle) / Math.Log((Farthest - 1) / (double)Middle) * (Middle - 1) - 1e-9);
        return Math.Clamp(Span + (int)(Math.Sign(distance) * bucket), 0, 2 * Span - 1);
    }
}
