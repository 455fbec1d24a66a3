using PeftSharp.Text.Loading;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.PreTokenizers;
using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Folders;

/// <summary>
/// Llama, Llama 2, Mistral: tokenizer.model. With <c>legacy</c>, which is what no word about it means, every stretch
/// between added tokens begins with a mark, else only the beginning of the text.
/// </summary>
internal static class LlamaFamily
{
    public static TokenizerFamily Llama { get; } = new()
    {
        Classes = ["Llama", "CodeLlama"],
        ModelTypes = ["llama", "mistral", "mixtral"],
        Files = SentencePieceParts.FilesOf("tokenizer.model"),
        Defaults = SpecialTokens.Of(("bos", "<s>"), ("eos", "</s>"), ("unk", "<unk>")),
        Build = Build,
    };

    private static TokenizerFile Build(TokenizerFamily family, FolderSettings settings)
    {
        SentencePieceModel pieces = SentencePieceParts.Read(family, settings);
        FolderDraft draft = new(settings, SentencePieceParts.ModelOf(pieces), family.Defaults, SentencePieceParts.Marked(pieces));
        bool legacy = settings.Flag("legacy") ?? true, prefix = settings.Flag("add_prefix_space") ?? true;
        string mark = SentencePieceParts.Mark.ToString();
        INormalizer spaces = new Replace(TextPattern.Literal(" "), mark);
        return new TokenizerFile(
            draft.Model,
            legacy ? new NormalizerSequence(prefix ? [new Prepend(mark), spaces] : [spaces]) : null,
            legacy ? null : new MetaspacePreTokenizer(SentencePieceParts.Mark, prefix ? PrependScheme.First : PrependScheme.Never, split: false),
            Framing.BosAndEos(draft, settings.Flag("add_bos_token") ?? true, settings.Flag("add_eos_token") ?? false),
            SentencePieceParts.ByteFallbackDecoder(strip: prefix),
            draft.Added.Tokens,
            null,
            null);
    }
}
