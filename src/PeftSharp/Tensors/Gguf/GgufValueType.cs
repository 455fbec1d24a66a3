using System.Diagnostics.CodeAnalysis;

namespace PeftSharp.Tensors.Gguf;

/// <summary>The types of metadata values in a GGUF file; the numbers are the format's.</summary>
[SuppressMessage("Design", "CA1028:Enum storage should be Int32", Justification = "The file stores 32 unsigned bits.")]
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The names are the file format's.")]
public enum GgufValueType : uint
{
    /// <summary><see cref="byte"/>.</summary>
    UInt8 = 0,
    /// <summary><see cref="sbyte"/>.</summary>
    Int8 = 1,
    /// <summary><see cref="ushort"/>.</summary>
    UInt16 = 2,
    /// <summary><see cref="short"/>.</summary>
    Int16 = 3,
    /// <summary><see cref="uint"/>.</summary>
    UInt32 = 4,
    /// <summary><see cref="int"/>.</summary>
    Int32 = 5,
    /// <summary><see cref="float"/>.</summary>
    Float32 = 6,
    /// <summary><see cref="bool"/>, one byte of 0 or 1.</summary>
    Bool = 7,
    /// <summary><see cref="string"/>, UTF-8 with its length.</summary>
    String = 8,
    /// <summary><see cref="GgufArray"/>, values of one type.</summary>
    Array = 9,
    /// <summary><see cref="ulong"/>.</summary>
    UInt64 = 10,
    /// <summary><see cref="long"/>.</summary>
    Int64 = 11,
    /// <summary><see cref="double"/>.</summary>
    Float64 = 12,
}

/// <summary>What follows from a <see cref="GgufValueType"/>.</summary>
internal static class GgufValueTypes
{
    /// <summary>The bytes of a value; for strings and arrays the least there can be.</summary>
    public static int LeastBytes(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };

    /// <summary>The type of a .NET value.</summary>
    public static GgufValueType? Of(Type type) =>
        type == typeof(byte) ? GgufValueType.UInt8
        : type == typeof(sbyte) ? GgufValueType.Int8
        : type == typeof(ushort) ? GgufValueType.UInt16
        : type == typeof(short) ? GgufValueType.Int16
        : type == typeof(uint) ? GgufValueType.UInt32
        : type == typeof(int) ? GgufValueType.Int32
        : type == typeof(float) ? GgufValueType.Float32
        : type == typeof(bool) ? GgufValueType.Bool
        : type == typeof(string) ? GgufValueType.String
        : type == typeof(GgufArray) ? GgufValueType.Array
        : type == typeof(ulong) ? GgufValueType.UInt64
        : type == typeof(long) ? GgufValueType.Int64
        : type == typeof(double) ? GgufValueType.Float64
        : null;
}
