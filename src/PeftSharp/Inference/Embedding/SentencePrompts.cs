using System.Text.Json;
using PeftSharp.Data;
using PeftSharp.IO;

namespace PeftSharp.Inference.Embedding;

/// <summary>The prompts of a sentence-transformers folder by name.</summary>
/// <param name="ByName">All prompts; <c>query</c> and <c>document</c> are always there.</param>
/// <param name="DefaultName">The one that a call without a prompt uses, or null.</param>
internal sealed record SentencePrompts(IReadOnlyDictionary<string, string> ByName, string? DefaultName)
{
    /// <summary>The file that holds them.</summary>
    public const string FileName = "config_sentence_transformers.json";

    private const string Key = "prompts";
    private const string DefaultKey = "default_prompt_name";

    /// <summary>Those of a folder without the file.</summary>
    public static SentencePrompts None { get; } = new(Named(), DefaultName: null);

    /// <summary>Reads the file, if there is one.</summary>
    /// <exception cref="PeftException">It is not sound, or the default is not among the prompts.</exception>
    public static SentencePrompts Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return None;
        JsonSettings settings = JsonSettings.Load(path);
        Dictionary<string, string> prompts = Named();
        foreach ((string name, string text) in Entries(settings))
            prompts[name] = text;
        SentencePrompts found = new(prompts, settings.OptionalText(DefaultKey));
        if (found.DefaultName is { } chosen && !prompts.ContainsKey(chosen))
            throw new PeftException($"{path}: '{DefaultKey}' is '{chosen}', and the {Key} are {found.Names}.");
        return found;
    }

    /// <summary>The text that goes in front.</summary>
    /// <exception cref="PeftException">There is no prompt of that name.</exception>
    public string Resolve(EmbeddingOptions options)
    {
        if (options.Prompt is { } given)
            return given;
        if ((options.PromptName ?? DefaultName) is not { } name)
            return "";
        return ByName.TryGetValue(name, out string? text)
            ? text
            : throw new PeftException($"The model has no prompt '{name}'{NearestName.Suggestion(name, ByName.Keys)}; its prompts are {Names}.");
    }

    private string Names => string.Join(", ", ByName.Keys.Select(name => $"'{name}'"));

    private static Dictionary<string, string> Named() => new(StringComparer.Ordinal) { ["query"] = "", ["document"] = "" };

    private static IEnumerable<(string Name, string Text)> Entries(JsonSettings settings)
    {
        if (settings.Raw(Key) is not { } prompts)
            yield break;
        if (prompts.ValueKind != JsonValueKind.Object)
            throw settings.Wrong(Key, "an object of names to texts");
        foreach (JsonProperty prompt in prompts.EnumerateObject())
            yield return (prompt.Name, prompt.Value.ValueKind switch
            {
                JsonValueKind.String => prompt.Value.GetString()!,
                JsonValueKind.Null => "",
                _ => throw settings.Wrong($"{Key}.{prompt.Name}", "a text"),
            });
    }
}
