using System.Text;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Models;

/// <summary>The symbols that words of a BPE model start from: characters, bytes for those it lacks, or unknown.</summary>
internal sealed class BpeAlphabet
{
    private const int FastChars = 0x2600;

    private readonly Vocabulary _vocabulary;
    private readonly int? _unknownId;
    private readonly bool _fuseUnknown;
    private readonly int[]? _byteIds;
    private readonly string _prefix;
    private readonly string _suffix;

    // Ids of the first characters (all byte glyphs and SentencePiece's mark are among them), −1 where there is none.
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
            _byteIds = vocabulary.ByteIds();
    }

    public void Spell(ReadOnlySpan<char> piece, BpeWord word)
    {
        // Bytes of unknown characters wait, because the next one may be fused with them; as in Hugging Face's library they
        // wait even while others are spelled in bytes.
        int unknown = 0;
        for (int i = 0, length; i < piece.Length; i += length)
        {
            Rune rune = CharTable.RuneAt(piece, i, out length);
            bool first = i == 0, last = i + length == piece.Length;
            int id = IdOf(piece.Slice(i, length), first, last);
            if (id >= 0)
            {
                AddUnknown(word, ref unknown);
                word.Add(id, rune.Utf8SequenceLength);
            }
            else if (!TryAddBytes(piece.Slice(i, length), first, last, word) && _unknownId is not null)
            {
                if (!_fuseUnknown)
                    AddUnknown(word, ref unknown);
                unknown += rune.Utf8SequenceLength;
            }
        }
        AddUnknown(word, ref unknown);
    }

    private void AddUnknown(BpeWord word, ref int bytes)
    {
        if (bytes > 0)
            word.Add(_unknownId!.Value, bytes);
        bytes = 0;
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
        return _vocabulary.TryGetId(Affixed(character, first, last), out int id) ? id : -1;
    }

    private string Affixed(ReadOnlySpan<char> character, bool first, bool last) =>
        string.Concat(first ? "" : _prefix, character, last ? _suffix : "");

    /// <summary>Adds the UTF-8 bytes of a character, with what goes before and behind it, if there is a token <c>&lt;0xNN&gt;</c> for each.</summary>
    private bool TryAddBytes(ReadOnlySpan<char> character, bool first, bool last, BpeWord word)
    {
        if (_byteIds is null)
            return false;
        byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(Affixed(character, first, last));
        foreach (byte value in utf8)
            if (_byteIds[value] < 0)
                return false;
        foreach (byte value in utf8)
            word.Add(_byteIds[value], 1);
        return true;
    }
}
