using PeftSharp.Text.Models;

namespace PeftSharp.Text.Loading;

/// <summary>Reads <c>added_tokens</c> and holds them against the model's vocabulary.</summary>
internal static class AddedTokensReader
{
    public static IReadOnlyList<AddedToken> Read(JsonPart? part, Vocabulary vocabulary)
    {
        List<AddedToken> tokens = [];
        HashSet<int> ids = [];
        HashSet<string> contents = new(StringComparer.Ordinal);
        foreach (JsonPart item in part?.Items() ?? [])
        {
            AddedToken token = ReadOne(item);
            if (!ids.Add(token.Id))
                throw item.Error($"the id {token.Id} is given twice.");
            if (!contents.Add(token.Content))
                throw item.Error($"\"{JsonPart.Shorten(token.Content)}\" is given twice.");
            if (vocabulary.TryGetId(token.Content, out int known) && known != token.Id)
                throw item.Error($"\"{JsonPart.Shorten(token.Content)}\" has the id {token.Id} here and {known} in the model's vocabulary.");
            if (vocabulary.TokenOf(token.Id) is { } other && other != token.Content)
                throw item.Error($"the id {token.Id} of \"{JsonPart.Shorten(token.Content)}\" belongs to \"{JsonPart.Shorten(other)}\" in the model's vocabulary.");
            tokens.Add(token);
        }
        return tokens;
    }

    private static AddedToken ReadOne(JsonPart item)
    {
        item.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        string content = item.Get("content").String();
        if (content.Length == 0)
            throw item.Error("an added token has no content.");
        return new AddedToken(
            item.Get("id").Id(),
            content,
            item.Get("single_word").Bool(),
            item.Get("lstrip").Bool(),
            item.Get("rstrip").Bool(),
            item.Get("normalized").Bool(),
            item.Get("special").Bool());
    }
}
