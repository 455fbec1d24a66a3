using PeftSharp.IO;
using static TorchSharp.torch;

namespace PeftSharp.Inference;

/// <summary>
/// The dtype that an adapter was trained in, as the <c>config.yaml</c> of its run says: its answers are those that training
/// measured only where it computes in the same.
/// </summary>
internal static class RunDtype
{
    private const string ConfigName = "config.yaml", Key = "dtype:";

    /// <summary>The dtype of the run that an adapter folder belongs to; null where there is no run, or it names none.</summary>
    public static ScalarType? Of(string adapterFolder)
    {
        string? config = new[] { Path.Combine(adapterFolder, ConfigName), Path.Combine(adapterFolder, "..", ConfigName) }.FirstOrDefault(File.Exists);
        // A run writes its resolved configuration, so the key is a plain scalar at the top.
        string? line = config is null ? null : SmallFile.ReadText(config).Split('\n').FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return line?[Key.Length..].Trim() switch
        {
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            _ => null,
        };
    }
}
