using System.Text.RegularExpressions;
using PeftSharp.Workflows.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Loading;

/// <summary>Devices by the names that files and flags use.</summary>
internal static partial class Devices
{
    /// <summary>The device of a name such as <c>cpu</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ConfigException">There is no such device here.</exception>
    public static Device Parse(string name)
    {
        if (Form().Match(name) is not { Success: true } match)
            throw new ConfigException($"device: '{name}' is not one of cpu, cuda, cuda:0, mps.");
        int index = match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 0;
        switch (match.Groups[1].Value)
        {
            case "cuda" when !cuda.is_available():
                throw new ConfigException("device: cuda was asked for, but this libtorch sees no NVIDIA GPU; use cpu.");
            case "cuda" when index >= cuda.device_count():
                throw new ConfigException($"device: there is no cuda:{index}; there are {cuda.device_count()}.");
            case "cuda":
                return new Device(DeviceType.CUDA, index);
            case "mps" when !mps_is_available():
                throw new ConfigException("device: mps was asked for, but this libtorch sees no Apple GPU; use cpu.");
            case "mps":
                return new Device(DeviceType.MPS);
            default:
                return CPU;
        }
    }

    [GeneratedRegex(@"^(cpu|cuda|mps)(?::(\d{1,2}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
