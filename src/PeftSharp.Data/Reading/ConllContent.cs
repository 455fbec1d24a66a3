using System.Text;

namespace PeftSharp.Data;

/// <summary>Tells CoNLL's form by its content: data sets call it .txt, .tsv, .bio, .train and much else.</summary>
internal static class ConllContent
{
    private const int BytesLookedAt = 1 << 15;
    private const int FewestWords = 3;

    /// <summary>
    /// True where the beginning of a file is words with a tag each: as many fields on every line, the last of them
    /// <c>O</c> or such as <c>B-PER</c>, and a blank line somewhere.
    /// </summary>
    public static bool Is(string path)
    {
        int words = 0, columns = 0;
        bool blank = false, tagged = false;
        foreach (string line in Beginning(path))
        {
            if (ConllRows.Ends(line))
            {
                blank = true;
                continue;
            }
            string[] fields = ConllRows.Fields(line, null);
            if (line[0] == '#' && (fields.Length != columns || !IsTag(fields[^1])))
                continue;
            columns = columns == 0 ? fields.Length : columns;
            if (fields.Length < 2 || fields.Length != columns || !IsTag(fields[^1]))
                return false;
            tagged |= fields[^1].Length > 1;
            words++;
        }
        return blank && tagged && words >= FewestWords;
    }

    /// <summary>True for <c>O</c>, and for a prefix with a type: <c>B-PER</c>.</summary>
    public static bool IsTag(string field) => field == "O" || (field.Length > 2 && field[1] == '-' && field[0] is 'B' or 'I' or 'E' or 'S' or 'L' or 'U');

    /// <summary>The whole lines in the first bytes of a file; bytes that are no text end them.</summary>
    private static IEnumerable<string> Beginning(string path)
    {
        byte[] bytes = new byte[BytesLookedAt];
        using FileStream file = File.OpenRead(path);
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (bytes.AsSpan(0, read).Contains((byte)0))
            return [];
        string[] lines = Encoding.UTF8.GetString(bytes.AsSpan(0, read)).TrimStart('\uFEFF').Split('\n');
        return (read == bytes.Length ? lines[..^1] : lines[^1].Length == 0 ? lines[..^1] : lines).Select(line => line.TrimEnd('\r'));
    }
}
