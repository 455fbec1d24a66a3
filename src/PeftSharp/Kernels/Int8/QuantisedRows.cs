using static TorchSharp.torch;

namespace PeftSharp.Kernels.Int8;

/// <summary>Rows as 8-bit numbers with a scale each: row ≈ scale · values.</summary>
/// <param name="Values">(rows, width): int8, or uint8 with 128 for zero.</param>
/// <param name="Scales">fp32 (rows).</param>
internal readonly record struct QuantisedRows(Tensor Values, Tensor Scales);
