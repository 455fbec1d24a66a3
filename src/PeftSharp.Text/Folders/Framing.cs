using PeftSharp.Text.PostProcessors;

namespace PeftSharp.Text.Folders;

/// <summary>Special tokens around sequences, as the tokenizers' classes put them.</summary>
internal static class Framing
{
    /// <summary><c>bos A</c> and <c>bos A B</c>.</summary>
    public static TemplateProcessor BosOnce(FolderDraft draft)
    {
        LayoutPart bos = LayoutPart.Special(0, draft.IdOf("bos_token"));
        return new TemplateProcessor(new Layout(bos, LayoutPart.Of(0, 0)), new Layout(bos, LayoutPart.Of(0, 0), LayoutPart.Of(1, 1)));
    }

    /// <summary><c>bos A eos</c> and <c>bos A eos bos B eos</c>, each where it is wanted.</summary>
    public static TemplateProcessor BosAndEos(FolderDraft draft, bool bos, bool eos)
    {
        LayoutPart[] first = [.. Around(0), ], second = [.. Around(1)];
        return new TemplateProcessor(new Layout(first), new Layout([.. first, .. second]));

        IEnumerable<LayoutPart> Around(int sequence)
        {
            if (bos)
                yield return LayoutPart.Special(sequence, draft.IdOf("bos_token"));
            yield return LayoutPart.Of(sequence, sequence);
            if (eos)
                yield return LayoutPart.Special(sequence, draft.IdOf("eos_token"));
        }
    }

    /// <summary><c>A eos</c> and <c>A eos B eos</c>, all of type 0.</summary>
    public static TemplateProcessor Eos(FolderDraft draft)
    {
        LayoutPart eos = LayoutPart.Special(0, draft.IdOf("eos_token"));
        return new TemplateProcessor(
            new Layout(LayoutPart.Of(0, 0), eos), new Layout(LayoutPart.Of(0, 0), eos, LayoutPart.Of(1, 0), eos));
    }

    /// <summary>Special tokens in front and behind, of one sequence or two without anything between, all of type 0.</summary>
    public static TemplateProcessor Outside(int[] before, int[] behind)
    {
        LayoutPart[] front = before.Length > 0 ? [LayoutPart.Special(0, before)] : [];
        LayoutPart back = LayoutPart.Special(0, behind);
        return new TemplateProcessor(
            new Layout([.. front, LayoutPart.Of(0, 0), back]), new Layout([.. front, LayoutPart.Of(0, 0), LayoutPart.Of(1, 0), back]));
    }
}
