namespace PeftSharp.Text.Unicode;

/// <summary>The end of a sequence of bytes as UTF-8.</summary>
internal static class Utf8Tail
{
    /// <summary>How many of the last bytes are the beginning of a character whose other bytes are missing: 0 to 3.</summary>
    public static int CountOpenBytes(IReadOnlyList<byte> bytes)
    {
        for (int open = 1; open <= Math.Min(3, bytes.Count); open++)
        {
            byte lead = bytes[bytes.Count - open];
            if ((lead & 0xC0) == 0x80)
                continue;
            int length = lead switch { >= 0xF0 and <= 0xF4 => 4, >= 0xE0 => 3, >= 0xC2 => 2, _ => 1 };
            return lead <= 0xF4 && open < length ? open : 0;
        }
        return 0;
    }
}
