using PeftSharp.Kernels.Int8;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Kernels.Int8;

/// <summary>Whether this machine has int8 products: a test of them asserts on another one that they are refused.</summary>
internal static class Int8Machine
{
    /// <summary>True where there are none, after the refusal was checked.</summary>
    public static bool Refuses()
    {
        if (Int8Support.Missing is not { } reason)
            return false;
        Assert.Contains(reason, Assert.Throws<PeftException>(() => Int8Support.Require(DeviceType.CPU)).Message, StringComparison.Ordinal);
        return true;
    }
}
