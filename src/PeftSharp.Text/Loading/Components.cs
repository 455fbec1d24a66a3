using System.Text;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.PostProcessors;
using PeftSharp.Text.PreTokenizers;

namespace PeftSharp.Text.Loading;

/// <summary>Every component of tokenizer.json that is understood: one line each.</summary>
internal static class Components
{
    public static ComponentRegistry<INormalizer> Normalizers { get; } = new("normalizer")
    {
        ["BertNormalizer"] = BertNormalizer.Read,
        ["ByteLevel"] = ByteLevelNormalizer.Read,
        ["Lowercase"] = Lowercase.Read,
        ["NFC"] = UnicodeForm.Reader(NormalizationForm.FormC),
        ["NFD"] = UnicodeForm.Reader(NormalizationForm.FormD),
        ["NFKC"] = UnicodeForm.Reader(NormalizationForm.FormKC),
        ["NFKD"] = UnicodeForm.Reader(NormalizationForm.FormKD),
        ["Nmt"] = Nmt.Read,
        ["Precompiled"] = Precompiled.Read,
        ["Prepend"] = Prepend.Read,
        ["Replace"] = Replace.Read,
        ["Sequence"] = NormalizerSequence.Read,
        ["Strip"] = Strip.Read,
        ["StripAccents"] = StripAccents.Read,
    };

    public static ComponentRegistry<IPreTokenizer> PreTokenizers { get; } = new("pre-tokenizer")
    {
        ["BertPreTokenizer"] = BertPreTokenizer.Read,
        ["ByteLevel"] = ByteLevelPreTokenizer.Read,
        ["CharDelimiterSplit"] = CharDelimiterSplit.Read,
        ["Digits"] = TraitPreTokenizer.ReadDigits,
        ["FixedLength"] = FixedLengthPreTokenizer.Read,
        ["Metaspace"] = MetaspacePreTokenizer.Read,
        ["Punctuation"] = TraitPreTokenizer.ReadPunctuation,
        ["Sequence"] = PreTokenizerSequence.Read,
        ["Split"] = SplitPreTokenizer.Read,
        ["UnicodeScripts"] = ScriptPreTokenizer.Read,
        ["Whitespace"] = WhitespacePreTokenizer.Read,
        ["WhitespaceSplit"] = TraitPreTokenizer.ReadWhitespaceSplit,
    };

    public static ComponentRegistry<ITokenModel> Models { get; } = new("model")
    {
        ["BPE"] = BpeModel.Read,
        ["Unigram"] = UnigramModel.Read,
        ["WordLevel"] = WordLevelModel.Read,
        ["WordPiece"] = WordPieceModel.Read,
    };

    public static ComponentRegistry<IPostProcessor> PostProcessors { get; } = new("post-processor")
    {
        ["BertProcessing"] = BertProcessor.Read,
        ["ByteLevel"] = ByteLevelProcessor.Read,
        ["RobertaProcessing"] = RobertaProcessor.Read,
        ["Sequence"] = ProcessorSequence.Read,
        ["TemplateProcessing"] = TemplateProcessor.Read,
    };

    public static ComponentRegistry<IDecoder> Decoders { get; } = new("decoder")
    {
        ["BPEDecoder"] = BpeDecoder.Read,
        ["ByteFallback"] = ByteFallbackDecoder.Read,
        ["ByteLevel"] = ByteLevelDecoder.Read,
        ["CTC"] = CtcDecoder.Read,
        ["Fuse"] = FuseDecoder.Read,
        ["Metaspace"] = MetaspaceDecoder.Read,
        ["Replace"] = ReplaceDecoder.Read,
        ["Sequence"] = DecoderSequence.Read,
        ["Strip"] = StripDecoder.Read,
        ["WordPiece"] = WordPieceDecoder.Read,
    };
}
