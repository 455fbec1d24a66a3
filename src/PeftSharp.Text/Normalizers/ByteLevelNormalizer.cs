using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>Every UTF-8 byte as a glyph; each glyph of a character stands for the whole character.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    public static ByteLevelNormalizer Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new ByteLevelNormalizer();
    }

    public void Apply(NormalizedText text)
    {
        ByteGlyphWriter.Write(text, 0, text.Length);
        text.Commit();
    }
}
