using System.Text.Json;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.PostProcessors;
using PeftSharp.Text.PreTokenizers;

namespace PeftSharp.Text.Loading;

/// <summary>The parts of a tokenizer.json, read and checked.</summary>
internal sealed record TokenizerFile(
    ITokenModel Model,
    INormalizer? Normalizer,
    IPreTokenizer? PreTokenizer,
    IPostProcessor? PostProcessor,
    IDecoder? Decoder,
    IReadOnlyList<AddedToken> AddedTokens,
    TruncationOptions? Truncation,
    PaddingOptions? Padding)
{
    public static Tokenizer Read(ReadOnlyMemory<byte> utf8, string name)
    {
        using JsonDocument document = JsonFile.Parse(utf8, name);
        JsonPart root = new(document.RootElement, name);
        root.AllowOnly(
            "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        if (root.Find("version") is { } version && version.String() != "1.0")
            throw version.Error($"version \"{JsonPart.Shorten(version.String())}\" is not supported; supported: 1.0.");

        ITokenModel model = Components.Models.Read(root.Get("model"));
        IReadOnlyList<AddedToken> added = AddedTokensReader.Read(root.Find("added_tokens"), model.Vocabulary);
        IPostProcessor? processor = Components.PostProcessors.ReadOptional(root.Find("post_processor"));
        CheckSpecialIds(processor, model.Vocabulary, added, root);
        return new Tokenizer(new TokenizerFile(
            model,
            Components.Normalizers.ReadOptional(root.Find("normalizer")),
            Components.PreTokenizers.ReadOptional(root.Find("pre_tokenizer")),
            processor,
            Components.Decoders.ReadOptional(root.Find("decoder")),
            added,
            StoredOptions.ReadTruncation(root.Find("truncation")),
            StoredOptions.ReadPadding(root.Find("padding"))));
    }

    /// <summary>An id that is no token would only show up as an index error in a model.</summary>
    private static void CheckSpecialIds(
        IPostProcessor? processor, Vocabulary vocabulary, IReadOnlyList<AddedToken> added, JsonPart root)
    {
        HashSet<int> addedIds = [.. added.Select(t => t.Id)];
        foreach (bool pair in (ReadOnlySpan<bool>)[false, true])
            foreach (int id in processor?.LayoutFor(pair)?.Parts.SelectMany(p => p.SpecialIds) ?? [])
                if (vocabulary.TokenOf(id) is null && !addedIds.Contains(id))
                    throw root.Get("post_processor").Error($"adds the token id {id}, which the vocabulary does not have.");
    }
}
