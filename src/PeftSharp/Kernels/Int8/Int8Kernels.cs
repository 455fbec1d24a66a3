using PeftSharp.Kernels.Packed;
using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>
/// oneDNN's products of 8-bit numbers over packed weights. The inputs are unsigned, with 128 for zero: with signed ones the
/// operator falls to a reference loop. Measured beside it was <c>_int_mm</c>, signed and unpacked: as fast with 1,024 rows,
/// half as fast with 256, and its int32 results are twice the memory to pass over.
/// </summary>
internal static class Int8Kernels
{
    // 6 and 15 are the numbers of float32 and bfloat16.
    private static readonly ScriptArchive _scripts = new("""
          def pack(self: __torch__.K, w: Tensor) -> Tensor:
            return ops.onednn.qlinear_prepack(w, [1024, 1024])
          def to_float32(self: __torch__.K, x: Tensor, w: Tensor, s: Tensor, z: Tensor) -> Tensor:
            return ops.onednn.qlinear_pointwise(x, 1.0, 128, w, s, z, None, 1.0, 0, 6, "none", annotate(List[Optional[number]], []), "")
          def to_bfloat16(self: __torch__.K, x: Tensor, w: Tensor, s: Tensor, z: Tensor) -> Tensor:
            return ops.onednn.qlinear_pointwise(x, 1.0, 128, w, s, z, None, 1.0, 0, 15, "none", annotate(List[Optional[number]], []), "")

        """);

    /// <summary>True if this build of libtorch has the operators.</summary>
    public static bool Exist => _scripts.Loads;

    /// <summary>An int8 matrix (out, in), contiguous, in the layout of <see cref="Linear"/>.</summary>
    public static Tensor Pack(Tensor matrix) => _scripts.Invoke("pack", matrix);

    /// <summary>((x − 128) Qᵀ) ∘ s: (rows, in) → (rows, out).</summary>
    /// <param name="x">uint8.</param>
    /// <param name="packed">Q, from <see cref="Pack"/>.</param>
    /// <param name="scales">s, fp32 (out), or one for all.</param>
    /// <param name="zeros">As many int32 zeros.</param>
    /// <param name="dtype">float32 or bfloat16, which the exact sums are rounded to.</param>
    public static Tensor Linear(Tensor x, Tensor packed, Tensor scales, Tensor zeros, ScalarType dtype) =>
        _scripts.Invoke(dtype == ScalarType.BFloat16 ? "to_bfloat16" : "to_float32", x, packed, scales, zeros);
}
