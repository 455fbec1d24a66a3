using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Normalizers;

/// <summary>Puts something in front of a text that is not empty; it shares the origin of the first character.</summary>
internal sealed class Prepend : INormalizer
{
    private readonly string _prefix;

    public Prepend(string prefix) => _prefix = prefix;

    public static Prepend Read(JsonPart part)
    {
        part.AllowOnly("type", "prepend");
        return new Prepend(part.Get("prepend").String());
    }

    public void Apply(NormalizedText text)
    {
        if (text.Length == 0)
            return;
        CharTable.RuneAt(text.Chars, 0, out int first);
        text.Emit(_prefix, 0, first);
        text.Keep(0, text.Length);
        text.Commit();
    }
}
