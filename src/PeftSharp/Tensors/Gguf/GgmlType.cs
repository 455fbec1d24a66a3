using System.Diagnostics.CodeAnalysis;

namespace PeftSharp.Tensors.Gguf;

/// <summary>How a tensor of a GGUF file stores its values; names and numbers are the format's.</summary>
[SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The names are the file format's.")]
[SuppressMessage("Design", "CA1028:Enum storage should be Int32", Justification = "The file stores 32 unsigned bits.")]
public enum GgmlType : uint
{
    /// <summary>IEEE 754 single precision.</summary>
    F32 = 0,
    /// <summary>IEEE 754 half precision.</summary>
    F16 = 1,
    /// <summary>4 bits and a scale for 32 values.</summary>
    Q4_0 = 2,
    /// <summary>4 bits, a scale and a minimum for 32 values.</summary>
    Q4_1 = 3,
    /// <summary>5 bits and a scale for 32 values.</summary>
    Q5_0 = 6,
    /// <summary>5 bits, a scale and a minimum for 32 values.</summary>
    Q5_1 = 7,
    /// <summary>8 bits and a scale for 32 values.</summary>
    Q8_0 = 8,
    /// <summary>8 bits, a scale and a sum for 32 values; of activations, not met in files.</summary>
    Q8_1 = 9,
    /// <summary>2 bits for 256 values, 4-bit scales and minima for each 16.</summary>
    Q2_K = 10,
    /// <summary>3 bits for 256 values, 6-bit scales for each 16.</summary>
    Q3_K = 11,
    /// <summary>4 bits for 256 values, 6-bit scales and minima for each 32.</summary>
    Q4_K = 12,
    /// <summary>5 bits for 256 values, 6-bit scales and minima for each 32.</summary>
    Q5_K = 13,
    /// <summary>6 bits for 256 values, 8-bit scales for each 16.</summary>
    Q6_K = 14,
    /// <summary>8 bits for 256 values; of activations, not met in files.</summary>
    Q8_K = 15,
    /// <summary>2.06 bits, vectors of 8 from a grid of 256.</summary>
    IQ2_XXS = 16,
    /// <summary>2.31 bits, vectors of 8 from a grid of 512.</summary>
    IQ2_XS = 17,
    /// <summary>3.06 bits, vectors of 4 from a grid of 256.</summary>
    IQ3_XXS = 18,
    /// <summary>1.56 bits, vectors of 8 from a grid of 2048.</summary>
    IQ1_S = 19,
    /// <summary>4 bits into a table of 16 levels, a scale for 32 values.</summary>
    IQ4_NL = 20,
    /// <summary>3.44 bits, vectors of 4 from a grid of 512.</summary>
    IQ3_S = 21,
    /// <summary>2.56 bits, vectors of 8 from a grid of 1024.</summary>
    IQ2_S = 22,
    /// <summary>4 bits into a table of 16 levels, 6-bit scales for each 32 of 256 values.</summary>
    IQ4_XS = 23,
    /// <summary>Signed byte.</summary>
    I8 = 24,
    /// <summary>Signed 16-bit integer.</summary>
    I16 = 25,
    /// <summary>Signed 32-bit integer.</summary>
    I32 = 26,
    /// <summary>Signed 64-bit integer.</summary>
    I64 = 27,
    /// <summary>IEEE 754 double precision.</summary>
    F64 = 28,
    /// <summary>1.75 bits, vectors of 8 from a grid of 2048.</summary>
    IQ1_M = 29,
    /// <summary>bfloat16.</summary>
    BF16 = 30,
    /// <summary>−1, 0 or 1, five in a byte, a scale for 256 values.</summary>
    TQ1_0 = 34,
    /// <summary>−1, 0 or 1, four in a byte, a scale for 256 values.</summary>
    TQ2_0 = 35,
    /// <summary>4-bit floats and a power of two for 32 values (OCP microscaling).</summary>
    MXFP4 = 39,
}
