using System.Diagnostics.CodeAnalysis;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>
/// The element types of a checkpoint, in the order in which a safetensors file lists them backwards: the names are those
/// of the format, the order is that of increasing alignment.
/// </summary>
[SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The names are the file format's.")]
public enum StoredDType
{
    /// <summary>One byte, 0 or 1.</summary>
    BOOL,
    /// <summary>Unsigned byte.</summary>
    U8,
    /// <summary>Signed byte.</summary>
    I8,
    /// <summary>8-bit float, 5 exponent and 2 mantissa bits.</summary>
    F8_E5M2,
    /// <summary>8-bit float, 4 exponent and 3 mantissa bits.</summary>
    F8_E4M3,
    /// <summary>8-bit power of two.</summary>
    F8_E8M0,
    /// <summary>Signed 16-bit integer.</summary>
    I16,
    /// <summary>Unsigned 16-bit integer.</summary>
    U16,
    /// <summary>IEEE 754 half precision.</summary>
    F16,
    /// <summary>bfloat16.</summary>
    BF16,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Unsigned 32-bit integer.</summary>
    U32,
    /// <summary>IEEE 754 single precision.</summary>
    F32,
    /// <summary>Complex number of two single-precision floats.</summary>
    C64,
    /// <summary>IEEE 754 double precision.</summary>
    F64,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>What follows from a <see cref="StoredDType"/>.</summary>
public static class StoredDTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int ByteSize(this StoredDType dtype) => dtype switch
    {
        StoredDType.BOOL or StoredDType.U8 or StoredDType.I8 or StoredDType.F8_E5M2 or StoredDType.F8_E4M3 or StoredDType.F8_E8M0 => 1,
        StoredDType.I16 or StoredDType.U16 or StoredDType.F16 or StoredDType.BF16 => 2,
        StoredDType.I32 or StoredDType.U32 or StoredDType.F32 => 4,
        _ => 8,
    };

    /// <summary>The dtype of a torch tensor that holds the same bits; null where TorchSharp has none.</summary>
    public static torch.ScalarType? ToScalarType(this StoredDType dtype) => dtype switch
    {
        StoredDType.BOOL => torch.ScalarType.Bool,
        StoredDType.U8 => torch.ScalarType.Byte,
        StoredDType.I8 => torch.ScalarType.Int8,
        StoredDType.I16 => torch.ScalarType.Int16,
        StoredDType.F16 => torch.ScalarType.Float16,
        StoredDType.BF16 => torch.ScalarType.BFloat16,
        StoredDType.I32 => torch.ScalarType.Int32,
        StoredDType.F32 => torch.ScalarType.Float32,
        StoredDType.C64 => torch.ScalarType.ComplexFloat32,
        StoredDType.F64 => torch.ScalarType.Float64,
        StoredDType.I64 => torch.ScalarType.Int64,
        _ => null,
    };

    /// <summary>The stored form of a torch dtype; null where the file format has none.</summary>
    public static StoredDType? ToStoredDType(this torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Bool => StoredDType.BOOL,
        torch.ScalarType.Byte => StoredDType.U8,
        torch.ScalarType.Int8 => StoredDType.I8,
        torch.ScalarType.Int16 => StoredDType.I16,
        torch.ScalarType.Float16 => StoredDType.F16,
        torch.ScalarType.BFloat16 => StoredDType.BF16,
        torch.ScalarType.Int32 => StoredDType.I32,
        torch.ScalarType.Float32 => StoredDType.F32,
        torch.ScalarType.ComplexFloat32 => StoredDType.C64,
        torch.ScalarType.Float64 => StoredDType.F64,
        torch.ScalarType.Int64 => StoredDType.I64,
        _ => null,
    };
}
