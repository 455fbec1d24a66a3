using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Reft;

/// <summary>
/// R with orthonormal rows, whatever X (r, width) trains to: Rᵀ = base · H₁ H₂ … H_r · I(width × r) · diag(sign X_jj), where
/// H_j = I − 2 v vᵀ / (v·v) reflects at v_j = e_j + the part of column j of Xᵀ below its diagonal (torch's orthogonal
/// parametrisation by Householder vectors). Base is a fixed orthogonal matrix, or the identity.
/// </summary>
/// <remarks>
/// torch rounds X_jj towards zero. Weight decay takes it off −1, so that there the whole projection becomes 0 after one step;
/// here its sign counts.
/// </remarks>
internal sealed class OrthogonalProjection(Tensor x, Tensor? fixedBase) : IReftProjection
{
    public Tensor Matrix()
    {
        (long r, long width) = (x.shape[0], x.shape[1]);
        Tensor q = eye(width, r, dtype: x.dtype, device: x.device);
        Tensor vectors = x.triu(1).Plus(eye(r, width, dtype: x.dtype, device: x.device));
        for (long j = r - 1; j >= 0; j--)
        {
            Tensor v = vectors.select(0, j);
            Tensor along = v.unsqueeze(0).matmul(q).Times(2).div(v.Squared().sum());
            q = q.sub(v.unsqueeze(1).matmul(along));
        }
        Tensor signed = q.mul(x.diagonal().detach().sign());
        return (fixedBase is null ? signed : fixedBase.matmul(signed)).t();
    }

    /// <summary>X for r random orthonormal rows: the reflections of the QR decomposition of a normal matrix.</summary>
    public static Tensor Start(Generator random, long r, long width)
    {
        using var scope = NewDisposeScope();
        double[] a = randn([r, width], dtype: ScalarType.Float64, generator: random).data<double>().ToArray();
        float[] x = new float[r * width];
        for (long j = 0; j < r; j++)
        {
            Span<double> column = a.AsSpan((int)(j * width), (int)width);
            double norm = 0;
            for (int i = (int)j; i < width; i++)
                norm += column[i] * column[i];
            double pivot = column[(int)j] + Math.CopySign(Math.Sqrt(norm), column[(int)j]);
            x[j * width + j] = -1;
            double length = 1;
            for (int i = (int)j + 1; i < width; i++)
            {
                double v = pivot == 0 ? 0 : column[i] / pivot;
                x[j * width + i] = (float)v;
                length += v * v;
            }
            for (long k = j + 1; k < r; k++)
                Reflect(x.AsSpan((int)(j * width), (int)width), a.AsSpan((int)(k * width), (int)width), (int)j, length);
        }
        return tensor(x).view(r, width).MoveToOuterDisposeScope();
    }

    /// <summary>column ← (I − 2 v vᵀ / length) column, with v_j = 1.</summary>
    private static void Reflect(ReadOnlySpan<float> v, Span<double> column, int j, double length)
    {
        double dot = column[j];
        for (int i = j + 1; i < column.Length; i++)
            dot += v[i] * column[i];
        double factor = 2 * dot / length;
        column[j] -= factor;
        for (int i = j + 1; i < column.Length; i++)
            column[i] -= factor * v[i];
    }
}
