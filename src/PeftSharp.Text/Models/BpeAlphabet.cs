using System.Globalization;
using System.Text;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Models;

/// <summary>The symbols that words of a BPE model start from: characters, bytes for those it lacks, or unknown.</summary>
internal sealed class BpeAlphabet
{
    private const int FastChars = 0x200;

    private readonly Vocabulary _vocabulary;
    private readonly int? _unknownId;
    private readonly bool _fuseUnknown;
    private readonly int[]? _byteIds;
    private readonly string _prefix;
    private readonly string _suffix;

    // Ids of the first characters (all byte glyphs are among them), −1 where there is none.
    private readonly int[] _fast = new int[FastChars];

    // The prefix goes before every character but the first of a word, the suffix behind the last.
    public BpeAlphabet(Vocabulary vocabulary, int? unknownId, bool fuseUnknown, bool byteFallback, string prefix, string suffix)
    {
        _vocabulary = vocabulary;
        _unknownId = unknownId;
        _fuseUnknown = fuseUnknown;
        _prefix = prefix;
        _suffix = suffix;
        for (int c = 0; c < FastChars; c++)
            _fast[c] = vocabulary.TryGetId([(char)c], out int id) ? id : -1;
        if (byteFallback)
            _byteIds = [.. Enumerable.Range(0, 256).Select(ByteId)];
    }

    public void Spell(ReadOnlySpan<char> piece, BpeWord word)
    {
        // Unknown characters wait, because the next one may be fused with them.
        (int Start, int End)? unknown = null;
        for (int i = 0, length; i < piece.Length; i += length)
        {
            Rune rune = CharTable.RuneAt(piece, i, out length);
            int id = IdOf(piece.Slice(i, length), first: i == 0, last: i + length == piece.Length);
            if (id >= 0)
            {
                AddUnknown(word, ref unknown);
                word.Add(id, i, i + length);
            }
            else if (!TryAddBytes(rune, i, i + length, word) && _unknownId is not null)
            {
                if (!_fuseUnknown)
                    AddUnknown(word, ref unknown);
                unknown = (unknown?.Start ?? i, i + length);
            }
        }
        AddUnknown(word, ref unknown);
    }

    private void AddUnknown(BpeWord word, ref (int Start, int End)? unknown)
    {
        if (unknown is { } range)
            word.Add(_unknownId!.Value, range.Start, range.End);
        unknown = null;
    }

    private int IdOf(ReadOnlySpan<char> character, bool first, bool last)
    {
        bool prefixed = !first && _prefix.Length > 0, suffixed = last && _suffix.Length > 0;
        if (!prefixed && !suffixed)
        {
            if (character[0] < FastChars)
                return _fast[character[0]];
            return _vocabulary.TryGetId(character, out int plain) ? plain : -1;
        }
        string token = string.Concat(prefixed ? _prefix : "", character, suffixed ? _suffix : "");
        return _vocabulary.TryGetId(token, out int id) ? id : -1;
    }

    /// <summary>Adds the UTF-8 bytes of a character if there is a token <c>&lt;0xNN&gt;</c> for each.</summary>
    private bool TryAddBytes(Rune rune, int start, int end, BpeWord word)
    {
        if (_byteIds is null)
            return false;
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..rune.EncodeToUtf8(utf8)];
        foreach (byte value in utf8)
            if (_byteIds[value] < 0)
                return false;
        foreach (byte value in utf8)
            word.Add(_byteIds[value], start, end);
        return true;
    }

    private int ByteId(int value) =>
        _vocabulary.TryGetId(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), out int id) ? id : -1;
}
