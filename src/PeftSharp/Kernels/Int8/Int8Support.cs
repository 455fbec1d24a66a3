using PeftSharp.Kernels.Fused;
using PeftSharp.Tensors;
using TorchSharp;

namespace PeftSharp.Kernels.Int8;

/// <summary>Whether products in int8 can be had: who asks for them is told if not, and never gets others in their place.</summary>
internal static class Int8Support
{
    private static readonly Lazy<bool> _areRight = new(Int8Matrix.IsRight);

    /// <summary>Why there are none on this machine's CPU; null where there are.</summary>
    public static string? Missing => WhyNot(CpuFeatures.Current, DeviceType.CPU);

    /// <summary>Refuses a device that has none.</summary>
    /// <exception cref="PeftException">Says what is missing.</exception>
    public static void Require(DeviceType device)
    {
        if (WhyNot(CpuFeatures.Current, device) is { } reason)
            throw new PeftException($"compute: int8 is not possible here: {reason} Use compute: auto.");
    }

    /// <summary>The first thing that is missing, or null.</summary>
    public static string? WhyNot(CpuFeatures cpu, DeviceType device) =>
        device != DeviceType.CPU ? $"the device is {device.ToString().ToLowerInvariant()}, and int8 products are there for the CPU only."
        : !cpu.Vnni ? $"the processor ({cpu.Model}) has no 8-bit dot products (VNNI)."
        : !Int8Kernels.Exist ? "this build of libtorch has no oneDNN products of int8."
        : !_areRight.Value ? "oneDNN's 8-bit products overflow with the instructions that it uses here."
        : !FusedKernels.Enabled ? "PEFTSHARP_KERNELS=plain turns off the kernels that quantise."
        : null;
}
