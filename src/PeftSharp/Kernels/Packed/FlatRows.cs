using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>
/// Products are computed over rows, (rows, width): of more than two dimensions oneDNN's operator returns a view, which nothing
/// may be added to in place.
/// </summary>
internal static class FlatRows
{
    /// <summary>(…, width) → (rows, width); its graph reaches <paramref name="x"/>.</summary>
    public static Tensor Of(Tensor x) => x.reshape(-1, x.shape[^1]);

    /// <summary>(rows, width) → (…, width) with the leading dimensions of <paramref name="x"/>.</summary>
    public static Tensor Like(Tensor x, Tensor y) => x.dim() == 2 ? y : y.view([.. x.shape[..^1], y.shape[1]]);
}
