using PeftSharp.Kernels;
using PeftSharp.Adapters;
using PeftSharp.Methods.Boft;
using PeftSharp.Methods.LoKr;
using PeftSharp.Methods.Oft;
using PeftSharp.Methods.Shared;
using PeftSharp.Methods.Vera;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods;

/// <summary>The small parts that methods are made of.</summary>
public sealed class ShapesOfMethodsTests
{
    private readonly RandomTensors _random = new(seed: 1);
    [Theory]
    [InlineData(256, -1, 16, 16)]
    [InlineData(128, -1, 8, 16)]
    [InlineData(127, -1, 1, 127)]
    [InlineData(128, 4, 4, 32)]
    [InlineData(128, 5, 4, 32)]
    [InlineData(12, -1, 3, 4)]
    [InlineData(12, 6, 6, 2)]
    [InlineData(768, -1, 24, 32)]
    [InlineData(11008, -1, 86, 128)]
    public void Split_OfASize_IsNearItsSquareRootOrTheFactor(long size, int factor, long left, long right) =>
        Assert.Equal((left, right), KroneckerShape.Split(size, factor));

    [Fact]
    public void Order_OfTheFirstFactor_LeavesTheInputs() =>
        Assert.Equal(Enumerable.Range(0, 16).Select(i => (long)i), Butterfly.Order(16, 4, 0));

    [Fact]
    public void Order_OfTheSecondFactor_JoinsNeighbouringBlocks() =>
        Assert.Equal([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15], Butterfly.Order(16, 4, 1));

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 8)]
    [InlineData(3, 16)]
    public void Boft_OfMoreFactors_ReachesMoreInputs(int factors, int reached)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        peft.AddAdapter(new BoftOptions { BlockSize = 4, ButterflyFactors = factors, InitWeights = false, TargetModules = TargetModules.Of("q_proj") });
        using MergedWeights merged = peft.MergedWeights();
        Tensor before = model.FindParameter("model.layers.0.self_attn.q_proj.weight")!.Value, after = merged["model.layers.0.self_attn.q_proj.weight"];
        // M = W⁺ W' but for the outputs' factors; a row of it says which inputs meet.
        Tensor scale = peft.Adapters["default"].Trainable.First(tensor => tensor.Key.EndsWith("boft_s", StringComparison.Ordinal)).Value;
        Tensor rotation = linalg.pinv(before).matmul(after.div(scale));
        long[] counts = rotation.abs().Above(1e-4).sum(1).data<long>().ToArray();
        Assert.Equal(reached, counts.Max());
        Close.Relative(eye(32), rotation.matmul(rotation.t()), 2e-4, "M Mᵀ");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Cayley_OfSkewBlocks_IsOrthogonal(long size)
    {
        using var scope = NewDisposeScope();
        Tensor values = _random.Normal(5, size, size), skew = values.sub(values.transpose(1, 2));
        Tensor blocks = Rotations.Cayley(skew);
        Close.Relative(eye(size).expand_as(blocks), blocks.matmul(blocks.transpose(1, 2)), 1e-5, "R Rᵀ");
        // The series comes near where the matrix is small; peft turns the other way in it.
        Close.Relative(Rotations.Cayley(skew.Times(-0.01)), Rotations.CayleyNeumann(skew.Times(0.01), 9), 1e-4, "series");
    }

    [Fact]
    public void Projected_OfConstrainedOft_IsWithinTheBound()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new OftOptions { BlockSize = 8, Constrained = true, Eps = 0.1, InitWeights = false });
        adapter.Hook!.BeforeStep();
        foreach (TrainableTensor tensor in adapter.Trainable)
        {
            float largest = tensor.Value.Squared().sum(1).Times(2).sqrt().max().item<float>();
            Assert.Equal(0.1 / Math.Sqrt(tensor.Value.shape[0]), largest, 1e-5);
        }
    }

    [Fact]
    public void Vera_OfOneKey_DrawsPeftsProjections()
    {
        using GoldenCase golden = GoldenCase.Open("bert/vera");
        VeraOptions options = (VeraOptions)golden.Adapter!.Options;
        Adapter fresh = golden.Model.AddAdapter(options with { InitWeights = true }, "fresh");
        Assert.Equal(golden.Adapter.Frozen.Count, fresh.Frozen.Count);
        foreach ((TrainableTensor stored, TrainableTensor drawn) in golden.Adapter.Frozen.Zip(fresh.Frozen))
            Assert.Equal(stored.Value.data<float>().ToArray(), drawn.Value.data<float>().ToArray());
    }
}
