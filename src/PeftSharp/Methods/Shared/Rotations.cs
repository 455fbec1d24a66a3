using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Shared;

/// <summary>Blocks of orthogonal matrices, (blocks, b, b), for OFT and BOFT.</summary>
internal static class Rotations
{
    /// <summary>Cayley's transform of skew-symmetric blocks Q: R = (I − Q)(I + Q)⁻¹.</summary>
    public static Tensor Cayley(Tensor skew)
    {
        // I − Q and (I + Q)⁻¹ commute, so the inverse may stand on the left.
        Tensor identity = eye(skew.shape[^1], dtype: skew.dtype, device: skew.device).expand_as(skew);
        return linalg.solve(identity.Plus(skew), identity.sub(skew));
    }

    /// <summary>
    /// The approximation (I + Q)(I − Q)⁻¹ ≈ I + 2Q + 2Q² + … + Qᵏ, k = terms − 1 (at least 3 where there are more than 2 terms),
    /// as HF PEFT cuts it. It turns the other way than <see cref="Cayley"/>, in HF PEFT too.
    /// </summary>
    public static Tensor CayleyNeumann(Tensor skew, int terms)
    {
        Tensor sum = eye(skew.shape[^1], dtype: skew.dtype, device: skew.device).expand_as(skew);
        if (terms > 1)
            sum = sum.Plus(skew.Times(2));
        if (terms <= 2)
            return sum;
        Tensor power = skew.matmul(skew);
        sum = sum.Plus(power.Times(2));
        for (int i = 3; i < terms - 1; i++)
        {
            power = power.matmul(skew);
            sum = sum.Plus(power.Times(2));
        }
        return sum.Plus(power.matmul(skew));
    }

    /// <summary>x R for each block of the last dimension: (…, blocks · b) → (…, blocks · b).</summary>
    /// <param name="x">(…, blocks · b).</param>
    /// <param name="blocks">(blocks, b, b), or (1, b, b) for one block shared by all.</param>
    public static Tensor Apply(Tensor x, Tensor blocks)
    {
        long size = blocks.shape[^1];
        // (blocks, rows, b) × (blocks, b, b)
        Tensor parts = x.reshape(-1, x.shape[^1] / size, size).transpose(0, 1);
        return Products.Matmul(parts, blocks).transpose(0, 1).reshape(x.shape);
    }

    /// <summary>Identity in place of a share of the blocks, chosen at random (multiplicative dropout).</summary>
    public static Tensor Drop(Tensor blocks, double share)
    {
        long count = blocks.shape[0];
        long dropped = (long)(share * count);
        if (dropped == 0 || count == 1)
            return blocks;
        using Tensor order = Draws.Uniform(count).argsort();
        Tensor isDropped = order.Below(dropped).to(blocks.device).view(count, 1, 1);
        return where(isDropped, eye(blocks.shape[^1], dtype: blocks.dtype, device: blocks.device), blocks);
    }
}
