using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Reft;
using PeftSharp.Models;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.Reft;

public sealed class ReftMethodTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Start_OfOrthogonalProjection_HasOrthonormalRows(int rank)
    {
        using var scope = NewDisposeScope();
        using Generator random = new(3);
        Tensor r = new OrthogonalProjection(OrthogonalProjection.Start(random, rank, 32), null).Matrix();
        Assert.Equal([rank, 32], r.shape);
        Assert.True(r.matmul(r.t()).allclose(eye(rank), 1e-5, 1e-5));
    }

    [Fact]
    public void Matrix_AfterWeightDecay_IsStillOrthonormal()
    {
        using var scope = NewDisposeScope();
        using Generator random = new(3);
        Tensor decayed = OrthogonalProjection.Start(random, 2, 16).Times(0.999);
        Tensor r = new OrthogonalProjection(decayed, null).Matrix();
        Assert.True(r.matmul(r.t()).allclose(eye(2), 1e-5, 1e-5));
    }

    [Fact]
    public void Forward_ChangesOnlyTheChosenPositions()
    {
        using BaseModel bert = BaseModel.Load(Fixtures.PathOf("adapters", "bert", "base"), new BaseModelOptions { Task = TaskType.FeatureExtraction });
        using PeftModel model = new(bert);
        model.AddAdapter(ReftOptions.LoReft with { Layers = [1], PrefixPositions = 1, SuffixPositions = 1, R = 2 });
        using Tensor ids = tensor(new long[] { 5, 6, 7, 8, 0, 0 }).view(1, 6), mask = tensor(new long[] { 1, 1, 1, 1, 0, 0 }).view(1, 6);
        ModelInput input = new() { InputIds = ids, AttentionMask = mask };
        using Tensor changed = model.Forward(input), bare = model.Forward(input, Composition.None);
        using Tensor differs = changed.sub(bare).abs().amax([2]).Above(1e-6).to(ScalarType.Int64);
        Assert.Equal([1L, 0, 0, 1, 0, 0], differs.data<long>().ToArray());
    }

    [Theory]
    [InlineData(0, 0, 1, "changes no position")]
    [InlineData(1, 0, 1000, "r is 1000")]
    [InlineData(-1, 2, 1, "changes no position")]
    public void Add_OfWrongOptions_SaysWhatToChange(int prefix, int suffix, int rank, string words)
    {
        using BaseModel bert = BaseModel.Load(Fixtures.PathOf("adapters", "bert", "base"));
        using PeftModel model = new(bert);
        PeftException error = Assert.Throws<PeftException>(() =>
            model.AddAdapter(ReftOptions.LoReft with { PrefixPositions = prefix, SuffixPositions = suffix, R = rank }));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SaveHub_OfDiReft_IsRefused()
    {
        using BaseModel bert = BaseModel.Load(Fixtures.PathOf("adapters", "bert", "base"));
        using PeftModel model = new(bert);
        model.AddAdapter(ReftOptions.DiReft);
        Assert.Throws<PeftException>(() => model.SaveHubAdapter(Path.Combine(Path.GetTempPath(), "never")));
    }
}
