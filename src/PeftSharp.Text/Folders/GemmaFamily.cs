using PeftSharp.Text.Loading;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.PreTokenizers;
using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Folders;

/// <summary>Gemma: tokenizer.model, with spaces marked and none put in front.</summary>
internal static class GemmaFamily
{
    public static TokenizerFamily Gemma { get; } = new()
    {
        Classes = ["Gemma"],
        ModelTypes = ["gemma", "gemma2", "gemma3", "gemma3_text"],
        Files = SentencePieceParts.FilesOf("tokenizer.model"),
        Defaults = SpecialTokens.Of(("bos", "<bos>"), ("eos", "<eos>"), ("unk", "<unk>"), ("pad", "<pad>")),
        Build = Build,
    };

    private static TokenizerFile Build(TokenizerFamily family, FolderSettings settings)
    {
        SentencePieceModel pieces = SentencePieceParts.Read(family, settings);
        FolderDraft draft = new(settings, SentencePieceParts.ModelOf(pieces), family.Defaults, SentencePieceParts.Marked(pieces));
        return new TokenizerFile(
            draft.Model,
            new Replace(TextPattern.Literal(" "), SentencePieceParts.Mark.ToString()),
            new SplitPreTokenizer(TextPattern.Literal(" "), DelimiterBehavior.MergedWithPrevious, invert: false),
            Framing.BosAndEos(draft, settings.Flag("add_bos_token") ?? true, settings.Flag("add_eos_token") ?? false),
            SentencePieceParts.ByteFallbackDecoder(strip: false),
            draft.Added.Tokens,
            null,
            null);
    }
}
