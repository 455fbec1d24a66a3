using static TorchSharp.torch;

namespace PeftSharp.Kernels.Packed;

/// <summary>libtorch's oneDNN products over packed weights.</summary>
internal static class OneDnnKernels
{
    private static readonly ScriptArchive _scripts = new("""
          def pack(self: __torch__.K, w: Tensor) -> Tensor:
            return ops.mkldnn._reorder_linear_weight(w, 1024)
          def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
            return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")

        """);

    /// <summary>True if this build of libtorch has the products: those for ARM and Apple lack them.</summary>
    public static bool Exist => _scripts.Loads;

    /// <summary>A weight (out, in), which may be a transposed view, in the layout that <see cref="Linear"/> is fastest with.</summary>
    /// <returns>An opaque tensor: only <see cref="Linear"/> can read it.</returns>
    public static Tensor Pack(Tensor weight) => _scripts.Invoke("pack", weight);

    /// <summary>x Wᵀ + b, without graph: (…, in) → (…, out).</summary>
    public static Tensor Linear(Tensor x, Tensor packed, Tensor? bias) => _scripts.Invoke("linear", x, packed, bias);
}
