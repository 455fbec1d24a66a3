using System.Text;

namespace PeftSharp.Data;

/// <summary>The lines of a UTF-8 file, decoded strictly one by one, so that a bad byte is reported on its own line.</summary>
internal static class Utf8Lines
{
    /// <summary>A longer line is a broken file rather than a row; without a limit it would fill the memory.</summary>
    public const int LongestLine = 64 << 20;

    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>Lines without their LF or CRLF; an end of line at the end of the file starts no further line.</summary>
    /// <exception cref="InvalidDataException">A line is not UTF-8 or is longer than 64 MiB.</exception>
    public static IEnumerable<(RowPlace Place, string Text)> Read(string path)
    {
        using FileStream file = Open(path);
        byte[] buffer = new byte[1 << 16];
        int start = 0, scanned = 0, end = 0;
        for (long line = 1; ; line++)
        {
            RowPlace place = new(path, line);
            int feed;
            while ((feed = buffer.AsSpan(scanned, end - scanned).IndexOf((byte)'\n')) < 0)
            {
                scanned = end;
                if (!Fill(file, ref buffer, ref start, ref scanned, ref end, place))
                    break;
            }

            bool last = feed < 0;
            int stop = last ? end : scanned + feed;
            if (line == 1 && buffer.AsSpan(start, stop - start).StartsWith(Strict.Preamble))
                start += Strict.Preamble.Length;
            if (last && stop == start)
                yield break;
            int length = stop - start;
            if (!last && length > 0 && buffer[stop - 1] == '\r')
                length--;
            yield return (place, Decode(buffer.AsSpan(start, length), place));
            if (last)
                yield break;
            start = scanned = stop + 1;
        }
    }

    /// <summary>Opens a file for reading from its start.</summary>
    /// <exception cref="InvalidDataException">It begins with the byte order mark of UTF-16.</exception>
    public static FileStream Open(string path)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        if (!file.CanSeek)
            return file;
        Span<byte> start = stackalloc byte[2];
        int read = file.ReadAtLeast(start, 2, throwOnEndOfStream: false);
        if (start[..read] is [0xFF, 0xFE] or [0xFE, 0xFF])
        {
            file.Dispose();
            throw new RowPlace(path, 1).Error("the file is UTF-16; save it as UTF-8.");
        }

        file.Position = 0;
        return file;
    }

    private static bool Fill(FileStream file, ref byte[] buffer, ref int start, ref int scanned, ref int end, RowPlace place)
    {
        if (end == buffer.Length)
        {
            int kept = end - start;
            if (kept > LongestLine)
                throw place.Error($"the line is longer than {LongestLine >> 20} MiB; is this a file of rows?");
            byte[] target = kept > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
            Buffer.BlockCopy(buffer, start, target, 0, kept);
            buffer = target;
            (start, scanned, end) = (0, scanned - start, kept);
        }

        int read = file.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }

    /// <summary>The text of the bytes of a row.</summary>
    /// <exception cref="InvalidDataException">They are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, RowPlace place)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException bad)
        {
            string hex = bad.BytesUnknown is { Length: > 0 } unknown ? " 0x" + Convert.ToHexString(unknown) : "";
            throw place.Error($"byte {bad.Index + 1} of the row{hex} is not UTF-8; save the file as UTF-8.", bad);
        }
    }
}
