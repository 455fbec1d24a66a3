using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>
/// BERT's cleaning, in this order: drop control characters and turn every whitespace into a space; put spaces around
/// ideographs; decompose and drop accents; lower case.
/// </summary>
internal sealed class BertNormalizer : INormalizer
{
    private readonly bool _cleanText;
    private readonly bool _spaceIdeographs;
    private readonly bool _stripAccents;
    private readonly bool _lowercase;

    public BertNormalizer(bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowercase)
    {
        _cleanText = cleanText;
        _spaceIdeographs = spaceIdeographs;
        _stripAccents = stripAccents;
        _lowercase = lowercase;
    }

    public static BertNormalizer Read(JsonPart part)
    {
        part.AllowOnly("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        bool lowercase = part.Get("lowercase").Bool();
        return new BertNormalizer(
            part.Get("clean_text").Bool(),
            part.Get("handle_chinese_chars").Bool(),
            part.Bool("strip_accents", ifMissing: lowercase),
            lowercase);
    }

    public void Apply(NormalizedText text)
    {
        bool ascii = Ascii.IsValid(text.Chars);
        if (_cleanText)
            Clean(text);
        if (_spaceIdeographs && !ascii)
            SpaceIdeographs(text);
        if (_stripAccents && !ascii)
        {
            UnicodeForm.Apply(text, NormalizationForm.FormD);
            CharFilter.Drop(text, CharTraits.NonspacingMark);
        }
        if (_lowercase)
            Lowercase.Lower(text);
    }

    private static void Clean(NormalizedText text)
    {
        bool drops = false;
        Span<char> chars = text.MutableChars;
        for (int i = 0; i < chars.Length; i++)
        {
            char c = chars[i];
            if (c is > ' ' and < '\x7F')
                continue;
            CharTraits traits = CharTable.Of(c);
            if (c is '\t' or '\n' or '\r' || ((traits & (CharTraits.WhiteSpace | CharTraits.Other)) == CharTraits.WhiteSpace))
                chars[i] = ' ';
            else
                drops |= (traits & CharTraits.Other) != 0 || c == '\uFFFD' || char.IsHighSurrogate(c);
        }
        if (drops)
            CharFilter.DropWhere(text, static rune => rune.Value == 0xFFFD || (CharTable.Of(rune) & CharTraits.Other) != 0);
    }

    private static void SpaceIdeographs(NormalizedText text)
    {
        ReadOnlySpan<char> chars = text.Chars;
        int kept = 0;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            if ((CharTable.At(chars, i, out length) & CharTraits.Cjk) == 0)
                continue;
            text.Keep(kept, i - kept);
            text.Emit(' ', i, i + length);
            text.Emit(chars.Slice(i, length), i, i + length);
            text.Emit(' ', i, i + length);
            kept = i + length;
        }
        if (kept == 0)
            return;
        text.Keep(kept, chars.Length - kept);
        text.Commit();
    }
}
