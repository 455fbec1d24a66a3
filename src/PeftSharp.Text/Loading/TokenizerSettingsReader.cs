using System.Collections.ObjectModel;
using System.Text.Json;

namespace PeftSharp.Text.Loading;

/// <summary>The content of a file and its name.</summary>
internal sealed record NamedBytes(string Name, byte[] Content);

/// <summary>Reads <see cref="TokenizerSettings"/>. Settings that are not known here are no error: the files hold much else.</summary>
internal static class TokenizerSettingsReader
{
    public static TokenizerSettings Read(NamedBytes? config, NamedBytes? specialTokensMap, NamedBytes? chatTemplate)
    {
        using JsonDocument configDocument = Parse(config);
        using JsonDocument mapDocument = Parse(specialTokensMap);
        JsonPart main = new(configDocument.RootElement, config?.Name ?? "");
        JsonPart map = new(mapDocument.RootElement, specialTokensMap?.Name ?? "");

        // As in transformers: a config that lists all added tokens is the newer of the two files, else the map is.
        bool mainFirst = main.Find("added_tokens_decoder") is not null;
        JsonPart? Either(string name) => mainFirst ? main.Find(name) ?? map.Find(name) : map.Find(name) ?? main.Find(name);
        string? Token(string name) => Either(name) is { } part ? ReadToken(part) : null;

        return new TokenizerSettings
        {
            BosToken = Token("bos_token"),
            EosToken = Token("eos_token"),
            UnkToken = Token("unk_token"),
            SepToken = Token("sep_token"),
            PadToken = Token("pad_token"),
            ClsToken = Token("cls_token"),
            MaskToken = Token("mask_token"),
            AdditionalSpecialTokens = [.. (Either("additional_special_tokens")?.Items() ?? []).Select(ReadToken)],
            ModelMaxLength = main.Find("model_max_length") is { } length ? ReadLength(length) : null,
            PaddingSide = ReadSide(main.Find("padding_side")),
            TruncationSide = ReadSide(main.Find("truncation_side")),
            CleanUpTokenizationSpaces = main.Find("clean_up_tokenization_spaces")?.Bool(),
            ChatTemplate = chatTemplate is null
                ? main.Find("chat_template") is { } template ? ReadTemplate(template) : null
                : System.Text.Encoding.UTF8.GetString(chatTemplate.Content),
            NamedChatTemplates = ReadNamed(main.Find("chat_template")),
        };
    }

    private static JsonDocument Parse(NamedBytes? file)
    {
        JsonDocument document = file is null ? JsonDocument.Parse("{}") : JsonFile.Parse(file.Content, file.Name);
        new JsonPart(document.RootElement, file?.Name ?? "").RequireKind(JsonValueKind.Object, "an object");
        return document;
    }

    /// <summary>A token is given as a string or as an object with its flags.</summary>
    private static string ReadToken(JsonPart part) =>
        part.IsKind(JsonValueKind.Object) ? part.Get("content").String() : part.String();

    private static int? ReadLength(JsonPart part)
    {
        if (!part.IsKind(JsonValueKind.Number) || !part.Element.TryGetDouble(out double length) || !(length >= 0))
            throw part.Expected("a number of tokens");
        return length < int.MaxValue ? (int)length : null;
    }

    private static TextSide ReadSide(JsonPart? part) =>
        part?.Choice(("right", TextSide.Right), ("left", TextSide.Left)) ?? TextSide.Right;

    private static IReadOnlyDictionary<string, string> ReadNamed(JsonPart? part)
    {
        Dictionary<string, string> named = [];
        if (part is { } list && list.IsKind(JsonValueKind.Array))
            foreach (JsonPart each in list.Items())
                named[each.Get("name").String()] = each.Get("template").String();
        return named.Count > 0 ? named : ReadOnlyDictionary<string, string>.Empty;
    }

    private static string? ReadTemplate(JsonPart part)
    {
        if (!part.IsKind(JsonValueKind.Array))
            return part.String();
        foreach (JsonPart named in part.Items())
            if (named.Get("name").String() == "default")
                return named.Get("template").String();
        return null;
    }
}
