using System.Globalization;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.PreTokenizers;
using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Folders;

/// <summary>T5 and its kin: spiece.model, and sentinels whose ids come behind it, the last one first.</summary>
internal static class T5Family
{
    private const int MostSentinels = 10_000;

    public static TokenizerFamily T5 { get; } = new()
    {
        Classes = ["T5", "MT5"],
        ModelTypes = ["t5", "mt5", "umt5"],
        Files = SentencePieceParts.FilesOf("spiece.model"),
        Defaults = SpecialTokens.Of(("eos", "</s>"), ("unk", "<unk>"), ("pad", "<pad>")),
        Build = Build,
    };

    private static TokenizerFile Build(TokenizerFamily family, FolderSettings settings)
    {
        SentencePieceModel pieces = SentencePieceParts.Read(family, settings);
        int sentinels = settings.Count("extra_ids", MostSentinels) ?? 100;
        FolderDraft draft = new(
            settings, SentencePieceParts.ModelOf(pieces), family.Defaults,
            [.. SentencePieceParts.Marked(pieces), .. Enumerable.Range(0, sentinels).Select(i => (Sentinel(sentinels - 1 - i), true))]);
        return new TokenizerFile(
            draft.Model,
            new NormalizerSequence(SentencePieceParts.Precompiled(pieces)),
            new PreTokenizerSequence(
                [TraitPreTokenizer.WhitespaceSplit(), new MetaspacePreTokenizer(SentencePieceParts.Mark, PrependScheme.Always, split: true)]),
            Framing.Eos(draft),
            new MetaspaceDecoder(SentencePieceParts.Mark.ToString(), dropInFirst: true),
            draft.Added.Tokens,
            null,
            null);
    }

    private static SpecialToken Sentinel(int number) => new(string.Create(CultureInfo.InvariantCulture, $"<extra_id_{number}>"));
}
