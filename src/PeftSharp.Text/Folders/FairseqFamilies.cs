using PeftSharp.Text.Decoders;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.PostProcessors;
using PeftSharp.Text.PreTokenizers;
using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Folders;

/// <summary>
/// XLM-R, mBART, mBART-50: sentencepiece.bpe.model, whose ids fairseq moved up by one to put its own four tokens in front;
/// language codes and the mask come behind.
/// </summary>
internal static class FairseqFamilies
{
    private const int UnknownId = 3;

    private static readonly string[] s_languages =
    [
        "ar_AR", "cs_CZ", "de_DE", "en_XX", "es_XX", "et_EE", "fi_FI", "fr_XX", "gu_IN", "hi_IN", "it_IT", "ja_XX", "kk_KZ", "ko_KR",
        "lt_LT", "lv_LV", "my_MM", "ne_NP", "nl_XX", "ro_RO", "ru_RU", "si_LK", "tr_TR", "vi_VN", "zh_CN",
    ];

    private static readonly string[] s_languagesOf50 =
    [
        .. s_languages,
        "af_ZA", "az_AZ", "bn_IN", "fa_IR", "he_IL", "hr_HR", "id_ID", "ka_GE", "km_KH", "mk_MK", "ml_IN", "mn_MN", "mr_IN", "pl_PL",
        "ps_AF", "pt_XX", "sv_SE", "sw_KE", "ta_IN", "te_IN", "th_TH", "tl_XX", "uk_UA", "ur_PK", "xh_ZA", "gl_ES", "sl_SI",
    ];

    public static TokenizerFamily XlmRoberta { get; } = Family(["XLMRoberta"], ["xlm-roberta"], [], FrameXlmRoberta);

    public static TokenizerFamily MBart { get; } = Family(
        ["MBart"], ["mbart"], s_languages, draft => Framing.Outside([], [draft.IdOf("eos_token"), Language(draft)]));

    public static TokenizerFamily MBart50 { get; } = Family(
        ["MBart50"], [], s_languagesOf50, draft => Framing.Outside([Language(draft)], [draft.IdOf("eos_token")]));

    private static TokenizerFamily Family(string[] classes, string[] modelTypes, string[] languages, Func<FolderDraft, IPostProcessor> frame) => new()
    {
        Classes = classes,
        ModelTypes = modelTypes,
        Files = SentencePieceParts.FilesOf("sentencepiece.bpe.model"),
        Defaults = SpecialTokens.Of(
            ("bos", "<s>"), ("eos", "</s>"), ("unk", "<unk>"), ("sep", "</s>"), ("pad", "<pad>"), ("cls", "<s>")).WithMask("<mask>"),
        Build = (family, settings) => Build(family, settings, languages, frame),
    };

    private static TokenizerFile Build(
        TokenizerFamily family, FolderSettings settings, string[] languages, Func<FolderDraft, IPostProcessor> frame)
    {
        SentencePieceModel pieces = SentencePieceParts.Read(family, settings);
        UnigramModel model = SentencePieceParts.Unigram(
            pieces, [.. OwnTokens(), .. pieces.Pieces.Skip(3).Select(p => (p.Text, (double)p.Score))], UnknownId, byteFallback: false);
        FolderDraft draft = new(
            settings, model, family.Defaults,
            [
                .. OwnTokens().Select(t => (new SpecialToken(t.Item1), true)),
                .. languages.Select(code => (new SpecialToken(code), true)),
                (family.Defaults["mask_token"], true),
            ]);
        return new TokenizerFile(
            model,
            new NormalizerSequence(
                [.. SentencePieceParts.Precompiled(pieces), new Strip(left: false, right: true), SentencePieceParts.Spaces(SentencePieceParts.Mark.ToString())]),
            new MetaspacePreTokenizer(SentencePieceParts.Mark, PrependScheme.Always, split: true),
            frame(draft),
            new MetaspaceDecoder(SentencePieceParts.Mark.ToString(), dropInFirst: true),
            draft.Added.Tokens,
            null,
            null);
    }

    private static (string, double)[] OwnTokens() => [("<s>", 0), ("<pad>", 0), ("</s>", 0), ("<unk>", 0)];

    private static RobertaProcessor FrameXlmRoberta(FolderDraft draft) =>
        new(draft.IdOf("cls_token"), draft.IdOf("sep_token"), trimOffsets: false, addedPrefixSpace: false);

    /// <summary>The code of the language of the texts.</summary>
    private static int Language(FolderDraft draft) => draft.Added.IdOf(draft.Settings.Text("src_lang") ?? "en_XX");
}
