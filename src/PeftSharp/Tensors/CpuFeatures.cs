using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace PeftSharp.Tensors;

/// <summary>The processor, and which of the instruction sets that matter for matrix products this process may use.</summary>
/// <param name="Model">The name the processor gives itself, or its architecture where it gives none.</param>
/// <param name="Avx2">AVX2 with FMA.</param>
/// <param name="Avx512F">AVX-512, usable under this operating system.</param>
/// <param name="Avx512Bf16">bfloat16 products of AVX-512.</param>
/// <param name="AmxBf16">bfloat16 products of the matrix extension AMX.</param>
/// <param name="AmxInt8">8-bit products of AMX.</param>
/// <param name="Vnni">8-bit dot products (AVX-512 VNNI or AVX-VNNI).</param>
/// <param name="Neon">ARM's Advanced SIMD.</param>
public sealed record CpuFeatures(string Model, bool Avx2, bool Avx512F, bool Avx512Bf16, bool AmxBf16, bool AmxInt8, bool Vnni, bool Neon)
{
    /// <summary>This machine's.</summary>
    public static CpuFeatures Current { get; } = Read();

    /// <summary>True where bfloat16 products are faster than float32 ones; without these units they are slower.</summary>
    public bool HasFastBFloat16 => Avx512Bf16 || AmxBf16;

    /// <summary>The names of the sets that are there.</summary>
    public IReadOnlyList<string> Names =>
    [
        .. Avx2 ? (ReadOnlySpan<string>)["AVX2"] : [],
        .. Avx512F ? (ReadOnlySpan<string>)["AVX512F"] : [],
        .. Avx512Bf16 ? (ReadOnlySpan<string>)["AVX512_BF16"] : [],
        .. AmxBf16 ? (ReadOnlySpan<string>)["AMX_BF16"] : [],
        .. AmxInt8 ? (ReadOnlySpan<string>)["AMX_INT8"] : [],
        .. Vnni ? (ReadOnlySpan<string>)["VNNI"] : [],
        .. Neon ? (ReadOnlySpan<string>)["NEON"] : [],
    ];

    private static CpuFeatures Read()
    {
        if (!X86Base.IsSupported)
            return new CpuFeatures(RuntimeInformation.ProcessArchitecture.ToString(), false, false, false, false, false, false, AdvSimd.IsSupported);

        // CPUID leaf 7: EAX of sub-leaf 0 is the highest sub-leaf.
        bool has7 = X86Base.CpuId(0, 0).Eax >= 7;
        (int subLeaves, _, int ecx, int edx) = has7 ? X86Base.CpuId(7, 0) : default;
        int eax1 = has7 && subLeaves >= 1 ? X86Base.CpuId(7, 1).Eax : 0;
        // The runtime has asked the operating system whether it saves the wide registers; CPUID alone does not tell.
        bool wide = System.Runtime.Intrinsics.X86.Avx512F.IsSupported;
        bool amx = wide && Bit(edx, 24);
        return new CpuFeatures(
            ModelName(),
            Avx2: System.Runtime.Intrinsics.X86.Avx2.IsSupported && Fma.IsSupported,
            Avx512F: wide,
            Avx512Bf16: wide && Bit(eax1, 5),
            AmxBf16: amx && Bit(edx, 22),
            AmxInt8: amx && Bit(edx, 25),
            Vnni: (wide && Bit(ecx, 11)) || (System.Runtime.Intrinsics.X86.Avx2.IsSupported && Bit(eax1, 4)),
            Neon: false);
    }

    private static bool Bit(int register, int bit) => (register >> bit & 1) != 0;

    /// <summary>The brand string: 48 bytes in the registers of leaves 0x80000002 to 0x80000004.</summary>
    private static string ModelName()
    {
        const int First = unchecked((int)0x80000002), Last = unchecked((int)0x80000004);
        if ((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < unchecked((uint)Last))
            return RuntimeInformation.ProcessArchitecture.ToString();
        Span<int> words = stackalloc int[12];
        for (int i = 0; i < 3; i++)
            (words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]) = X86Base.CpuId(First + i, 0);
        string name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).Trim('\0', ' ');
        return name.Length > 0 ? name : RuntimeInformation.ProcessArchitecture.ToString();
    }
}
