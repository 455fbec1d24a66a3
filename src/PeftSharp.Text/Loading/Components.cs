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
    };

    public static ComponentRegistry<IPreTokenizer> PreTokenizers { get; } = new("pre-tokenizer")
    {
        ["BertPreTokenizer"] = BertPreTokenizer.Read,
    };

    public static ComponentRegistry<ITokenModel> Models { get; } = new("model")
    {
        ["WordPiece"] = WordPieceModel.Read,
    };

    public static ComponentRegistry<IPostProcessor> PostProcessors { get; } = new("post-processor")
    {
        ["TemplateProcessing"] = TemplateProcessor.Read,
    };

    public static ComponentRegistry<IDecoder> Decoders { get; } = new("decoder")
    {
        ["WordPiece"] = WordPieceDecoder.Read,
    };
}
