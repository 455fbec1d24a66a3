using System.Globalization;
using System.Text;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Normalizers;

/// <summary>Drops combining marks of every kind (<c>\p{M}</c>).</summary>
internal sealed class StripAccents : INormalizer
{
    public static StripAccents Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new StripAccents();
    }

    public void Apply(NormalizedText text) => CharFilter.DropWhere(text, static rune =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);
}
