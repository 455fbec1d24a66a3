using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Oft;

/// <summary>
/// y = W (x R) + b, with R block-diagonal, each block Cayley's transform of a skew-symmetric matrix Q whose upper triangle,
/// row by row, is a row of the trained tensor (blocks, b (b − 1) / 2). Merged: W Rᵀ.
/// </summary>
internal sealed class OftLinear(Tensor triangles, Tensor places, long inFeatures, OftOptions options) : ILinearTuner, IMergeableTuner
{
    private readonly long _size = SizeOf(triangles.shape[1]);

    public Tensor Forward(Tensor x, LinearCall next)
    {
        using var scope = NewDisposeScope();
        Tensor blocks = Blocks();
        if (next.Pass.Training)
            blocks = Rotations.Drop(blocks, options.ModuleDropout);
        Tensor rotated = Rotations.Apply(x.AtLeastFloat32(), blocks).to(x.dtype);
        return next.Next(rotated).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Rotations.Apply(weight, Blocks().transpose(1, 2)).MoveToOuterDisposeScope();
    }

    /// <summary>The trained tensor within its bound, where there is one.</summary>
    /// <remarks>‖Q‖ of a block is at most ε / √blocks; a larger one is scaled down to it.</remarks>
    public Tensor Projected()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        double bound = options.Eps / Math.Sqrt(triangles.shape[0]);
        // Every value of the triangle stands in the matrix twice.
        Tensor norms = triangles.Squared().sum(1, keepdim: true).Times(2).sqrt();
        Tensor shrunk = triangles.div(norms).Times(bound);
        return where(norms.NotAbove(bound), triangles, shrunk).MoveToOuterDisposeScope();
    }

    /// <summary>The rotations, (blocks, b, b).</summary>
    private Tensor Blocks()
    {
        Tensor values = triangles;
        // The value is the projected one; the gradient passes as if it were the tensor itself.
        if (options.Constrained)
            values = triangles.Plus(Projected().sub(triangles.detach()));
        long count = values.shape[0];
        Tensor upper = zeros([count, _size * _size], dtype: values.dtype, device: values.device).index_copy(1, places, values).view(count, _size, _size);
        Tensor skew = upper.sub(upper.transpose(1, 2));
        Tensor blocks = options.UseCayleyNeumann ? Rotations.CayleyNeumann(skew, options.CayleyNeumannTerms) : Rotations.Cayley(skew);
        return options.BlockShare ? blocks.expand(inFeatures / _size, _size, _size) : blocks;
    }

    /// <summary>Where the values of a triangle go in a flattened b × b matrix.</summary>
    public static long[] Places(long size)
    {
        List<long> places = [];
        for (long row = 0; row < size; row++)
            for (long column = row + 1; column < size; column++)
                places.Add(row * size + column);
        return [.. places];
    }

    private static long SizeOf(long elements) => (long)Math.Round((1 + Math.Sqrt(1 + 8.0 * elements)) / 2);
}
