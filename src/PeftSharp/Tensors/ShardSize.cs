using System.Globalization;

namespace PeftSharp.Tensors;

/// <summary>The largest size of one file of a sharded checkpoint, as Hugging Face writes it: <c>5GB</c>, <c>200MB</c>.</summary>
public static class ShardSize
{
    /// <summary>Hugging Face's usual limit.</summary>
    public const string Default = "5GB";

    private static readonly (string Unit, long Bytes)[] _units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("", 1)];

    /// <summary>The bytes of a size: a whole number, with <c>KB</c>, <c>MB</c>, <c>GB</c> or <c>TB</c> (powers of 1000) or without for bytes.</summary>
    /// <exception cref="FormatException">It is not of this form, or not positive.</exception>
    public static long Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        (string unit, long factor) = _units.First(u => trimmed.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        return long.TryParse(trimmed.AsSpan(0, trimmed.Length - unit.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && count > 0 && count <= long.MaxValue / factor
            ? count * factor
            : throw new FormatException($"'{text}' is not a size: write a whole number with KB, MB, GB or TB, such as {Default}.");
    }
}
