using System.Text;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.PostProcessors;
using PeftSharp.Text.PreTokenizers;
using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Folders;

/// <summary>DeBERTa-v2 and -v3 (spm.model) and ALBERT (spiece.model): SentencePiece in BERT's frame.</summary>
internal static class ClassifierFamilies
{
    public static TokenizerFamily DebertaV2 { get; } = new()
    {
        Classes = ["DebertaV2"],
        ModelTypes = ["deberta-v2"],
        Files = SentencePieceParts.FilesOf("spm.model"),
        Defaults = new Dictionary<string, SpecialToken>(SpecialTokens.Of(
            ("bos", "[CLS]"), ("eos", "[SEP]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("cls", "[CLS]"), ("mask", "[MASK]")))
        {
            ["unk_token"] = new SpecialToken("[UNK]", Normalized: true),
        },
        Build = BuildDebertaV2,
    };

    public static TokenizerFamily Albert { get; } = new()
    {
        Classes = ["Albert"],
        ModelTypes = ["albert"],
        Files = SentencePieceParts.FilesOf("spiece.model"),
        Defaults = SpecialTokens.Of(
            ("bos", "[CLS]"), ("eos", "[SEP]"), ("unk", "<unk>"), ("sep", "[SEP]"), ("pad", "<pad>"), ("cls", "[CLS]")).WithMask("[MASK]"),
        Build = BuildAlbert,
    };

    private static TokenizerFile BuildDebertaV2(TokenizerFamily family, FolderSettings settings)
    {
        SentencePieceModel pieces = SentencePieceParts.Read(family, settings);
        INormalizer[] lowercase = settings.Flag("do_lower_case") ?? false ? [new Lowercase()] : [];
        IPreTokenizer[] punctuation = settings.Flag("split_by_punct") ?? false ? [TraitPreTokenizer.Punctuation(DelimiterBehavior.Isolated)] : [];
        return File(
            new FolderDraft(settings, SentencePieceParts.ModelOf(pieces), family.Defaults, SentencePieceParts.Marked(pieces)),
            [.. lowercase, new Strip(left: true, right: true), .. SentencePieceParts.Precompiled(pieces), SentencePieceParts.Spaces(" ")],
            punctuation);
    }

    private static TokenizerFile BuildAlbert(TokenizerFamily family, FolderSettings settings)
    {
        SentencePieceModel pieces = SentencePieceParts.Read(family, settings);
        UnigramModel model = SentencePieceParts.Unigram(
            pieces, [.. pieces.Pieces.Select(p => (p.Text, EndsInNumberAndComma(p.Text) ? p.Score - 100.0 : p.Score))],
            pieces.UnknownId, byteFallback: false);
        bool keepAccents = settings.Flag("keep_accents") ?? false;
        return File(
            new FolderDraft(settings, model, family.Defaults, SentencePieceParts.Marked(pieces)),
            [
                new Replace(TextPattern.Literal("``"), "\""),
                new Replace(TextPattern.Literal("''"), "\""),
                .. keepAccents ? (INormalizer[])[] : [new UnicodeForm(NormalizationForm.FormKD), new StripAccents()],
                .. settings.Flag("do_lower_case") ?? true ? (INormalizer[])[new Lowercase()] : [],
                .. SentencePieceParts.Precompiled(pieces),
                SentencePieceParts.Spaces(" "),
            ],
            []);
    }

    private static TokenizerFile File(FolderDraft draft, INormalizer[] normalizers, IPreTokenizer[] before) => new(
        draft.Model,
        new NormalizerSequence(normalizers),
        new PreTokenizerSequence([.. before, new MetaspacePreTokenizer(SentencePieceParts.Mark, PrependScheme.Always, split: true)]),
        new BertProcessor(draft.IdOf("cls_token"), draft.IdOf("sep_token")),
        new MetaspaceDecoder(SentencePieceParts.Mark.ToString(), dropInFirst: true),
        draft.Added.Tokens,
        null,
        null);

    /// <summary>Such pieces are avoided: the comma is to stand alone.</summary>
    private static bool EndsInNumberAndComma(string piece) => piece.Length >= 2 && piece[^1] == ',' && char.IsDigit(piece[^2]);
}
