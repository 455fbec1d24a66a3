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
        ["Lowercase"] = Lowercase.Read,
        ["NFC"] = UnicodeForm.Reader(NormalizationForm.FormC),
        ["NFD"] = UnicodeForm.Reader(NormalizationForm.FormD),
        ["NFKC"] = UnicodeForm.Reader(NormalizationForm.FormKC),
        ["NFKD"] = UnicodeForm.Reader(NormalizationForm.FormKD),
        ["Sequence"] = NormalizerSequence.Read,
        ["StripAccents"] = StripAccents.Read,
    };

    public static ComponentRegistry<IPreTokenizer> PreTokenizers { get; } = new("pre-tokenizer")
    {
        ["BertPreTokenizer"] = BertPreTokenizer.Read,
        ["ByteLevel"] = ByteLevelPreTokenizer.Read,
        ["Digits"] = TraitPreTokenizer.ReadDigits,
        ["Punctuation"] = TraitPreTokenizer.ReadPunctuation,
        ["Sequence"] = PreTokenizerSequence.Read,
        ["Split"] = SplitPreTokenizer.Read,
        ["Whitespace"] = WhitespacePreTokenizer.Read,
        ["WhitespaceSplit"] = TraitPreTokenizer.ReadWhitespaceSplit,
    };

    public static ComponentRegistry<ITokenModel> Models { get; } = new("model")
    {
        ["BPE"] = BpeModel.Read,
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
        ["ByteLevel"] = ByteLevelDecoder.Read,
        ["Fuse"] = FuseDecoder.Read,
        ["Sequence"] = DecoderSequence.Read,
        ["WordPiece"] = WordPieceDecoder.Read,
    };
}
