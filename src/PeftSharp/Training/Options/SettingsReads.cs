using PeftSharp.IO;

namespace PeftSharp.Training;

/// <summary>The reads that the parts of <see cref="TrainingOptions"/> share.</summary>
internal static class SettingsReads
{
    /// <summary>As <see cref="JsonSettings.Whole"/>, or null where the key is absent or null.</summary>
    public static int? OptionalWhole(this JsonSettings settings, string key, int minimum) =>
        settings.Has(key) ? settings.Whole(key, minimum, minimum) : null;

    /// <summary>A number of at least 0.</summary>
    public static double NotNegative(this JsonSettings settings, string key, double fallback) =>
        settings.Number(key, fallback) is var number and >= 0 ? number : throw settings.Wrong(key, "a number of at least 0");

    /// <summary>The error for a value set in code.</summary>
    public static void Require(bool holds, string key, string wanted)
    {
        if (!holds)
            throw new PeftException($"training: '{key}' must be {wanted}.");
    }
}
