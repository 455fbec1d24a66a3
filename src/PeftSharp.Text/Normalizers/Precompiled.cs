using System.Buffers;
using System.Globalization;
using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Normalizers;

/// <summary>
/// SentencePiece's normalization by table, as Hugging Face's library applies it: to whole grapheme clusters of less than
/// six bytes if the table has something for their beginning, else character by character.
/// </summary>
internal sealed class Precompiled : INormalizer
{
    private const int MaxClusterBytes = 5;

    private readonly CharsMap _map;
    private readonly SearchValues<char> _changing;

    public Precompiled(CharsMap map)
    {
        _map = map;
        // A carriage return may form a cluster with the line feed behind it.
        _changing = SearchValues.Create([.. Enumerable.Range(0, 0x80).Select(c => (char)c).Where(c => c == '\r' || map.Find([(byte)c]) is not null)]);
    }

    public static Precompiled Read(JsonPart part)
    {
        part.AllowOnly("type", "precompiled_charsmap");
        JsonPart map = part.Get("precompiled_charsmap");
        map.String();
        if (!map.Element.TryGetBytesFromBase64(out byte[]? bytes))
            throw map.Expected("bytes in base 64");
        return new Precompiled(CharsMap.Read(bytes, $"{map.File}: {map.Path}"));
    }

    public void Apply(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        if (Ascii.IsValid(chars) && !chars.ContainsAny(_changing))
            return;
        List<(Rune Rune, int Change)> result = new(chars.Length);
        bool modified = false;
        for (int at = 0; at < chars.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(chars[at..]);
            modified |= WriteCluster(chars.Slice(at, length), result);
            at += length;
        }
        if (!modified)
            return;
        ChangeWriter writer = new(text, 0, chars.Length);
        foreach ((Rune rune, int change) in result)
            writer.Write(rune, change);
        text.Commit();
    }

    private bool WriteCluster(ReadOnlySpan<char> cluster, List<(Rune Rune, int Change)> result)
    {
        Span<byte> utf8 = stackalloc byte[MaxClusterBytes];
        // Whatever is too long is not looked up as a whole.
        if (System.Text.Encoding.UTF8.TryGetBytes(cluster, utf8, out int bytes) && _map.Find(utf8[..bytes]) is { } whole)
        {
            Write(whole, Count(cluster), result);
            return true;
        }
        bool modified = false;
        foreach (Rune rune in cluster.EnumerateRunes())
        {
            if (_map.Find(utf8[..rune.EncodeToUtf8(utf8)]) is { } single)
            {
                Write(single, 1, result);
                modified = true;
            }
            else
            {
                result.Add((rune, 0));
            }
        }
        return modified;
    }

    /// <summary>New characters beyond the number of old ones are insertions; old ones too many go with the last one written.</summary>
    private static void Write(string replacement, int oldCount, List<(Rune Rune, int Change)> result)
    {
        int newCount = Count(replacement), index = 0;
        foreach (Rune rune in replacement.EnumerateRunes())
            result.Add((rune, index++ < oldCount ? 0 : 1));
        if (newCount < oldCount && result.Count > 0)
            result[^1] = (result[^1].Rune, result[^1].Change + newCount - oldCount);
    }

    private static int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        foreach (Rune _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
