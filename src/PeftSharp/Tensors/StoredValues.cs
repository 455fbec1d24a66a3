using PeftSharp.Tensors.Floats;
using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>Loads a tensor from where it lies in a file, in the dtype that torch has for it.</summary>
internal static class StoredValues
{
    /// <summary>
    /// A view of the mapping where torch has the dtype. 8-bit floats, which TorchSharp lacks, become bfloat16, which holds
    /// each of them exactly.
    /// </summary>
    /// <exception cref="NotSupportedException">TorchSharp has no dtype for it.</exception>
    public static torch.Tensor Load(MappedFile file, TensorInfo info) => info.DType switch
    {
        StoredDType.F8_E4M3 => FromCodes(file, info, Float8.E4M3.BFloat16),
        StoredDType.F8_E5M2 => FromCodes(file, info, Float8.E5M2.BFloat16),
        StoredDType.F8_E8M0 => FromCodes(file, info, Float8Scale.BFloat16),
        _ => file.Load(info, info.DType.ToScalarType()
            ?? throw new NotSupportedException($"{file.Path}: tensor {Shown.Quote(info.Name)} has dtype {info.DType}, which TorchSharp does not support.")),
    };

    private static torch.Tensor FromCodes(MappedFile file, TensorInfo info, ReadOnlySpan<ushort> values)
    {
        const int Piece = 1 << 16;
        torch.Tensor whole = torch.empty([.. info.Shape], torch.ScalarType.BFloat16);
        try
        {
            using torch.Tensor flat = whole.view(-1);
            byte[] codes = new byte[Math.Min(Piece, info.ByteLength)];
            ushort[] bits = new ushort[codes.Length];
            for (long at = 0; at < info.ByteLength; at += Piece)
            {
                int count = (int)Math.Min(Piece, info.ByteLength - at);
                file.Fill(codes.AsSpan(0, count), info.Offset + at, info.Name);
                for (int i = 0; i < count; i++)
                    bits[i] = values[codes[i]];
                using torch.Tensor part = flat.narrow(0, at, count);
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(bits.AsSpan(0, count)).CopyTo(part.bytes);
            }
            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }
}
