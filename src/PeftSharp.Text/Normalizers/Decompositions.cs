using System.Text;

namespace PeftSharp.Text.Normalizers;

/// <summary>
/// The full decomposition of single characters, asked of the platform once for each: its normalization allocates with
/// every call.
/// </summary>
internal sealed class Decompositions
{
    private readonly NormalizationForm _form;

    // null: not yet asked. Two threads may ask at once and store the same.
    private readonly string?[] _known = new string?[char.MaxValue + 1];

    private Decompositions(NormalizationForm form) => _form = form;

    /// <summary>NFD.</summary>
    public static Decompositions Canonical { get; } = new(NormalizationForm.FormD);

    /// <summary>NFKD.</summary>
    public static Decompositions Compatible { get; } = new(NormalizationForm.FormKD);

    /// <summary>The table for a form, decomposing or composing.</summary>
    public static Decompositions For(NormalizationForm form) =>
        form is NormalizationForm.FormKC or NormalizationForm.FormKD ? Compatible : Canonical;

    /// <summary>What the character decomposes to; itself if nothing.</summary>
    public string Of(Rune rune)
    {
        if (!rune.IsBmp)
            return rune.ToString().Normalize(_form);
        return _known[rune.Value] ??= Ask(rune);
    }

    /// <summary>The platform refuses to normalize U+FFFE, which is no character.</summary>
    private string Ask(Rune rune) => rune.Value == 0xFFFE ? "\uFFFE" : rune.ToString().Normalize(_form);
}
