using System.Runtime.Intrinsics;

namespace PeftSharp.Kernels.Fused;

/// <summary>Whether kernels take sixteen values at once.</summary>
internal static class Wide
{
    /// <summary>True where the processor does; the compiler knows it and drops the other way.</summary>
    public static bool Lanes => Vector512.IsHardwareAccelerated;

    /// <summary>True where, besides, so many values are whole sixteens.</summary>
    public static bool Takes(int count) => Vector512.IsHardwareAccelerated && count % 16 == 0;
}
