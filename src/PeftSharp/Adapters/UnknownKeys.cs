using System.Text.Json.Nodes;
using PeftSharp.IO;

namespace PeftSharp.Adapters;

/// <summary>Keys of a trained adapter's config that nothing here reads: a newer library may have meant something by them.</summary>
internal static class UnknownKeys
{
    /// <summary>The keys that are unknown and say something.</summary>
    public static IReadOnlyList<string> Of(PeftOptions options) => [.. options.Unknown.Where(pair => SaysSomething(pair.Value)).Select(pair => pair.Key)];

    /// <summary>A warning for each key that is unknown and says something.</summary>
    public static IReadOnlyList<string> Warnings(JsonSettings settings, PeftOptions options)
    {
        string version = IsNewer(settings.Text("peft_version", "")) is { } newer
            ? $" (written by peft {newer}; PeftSharp follows {PeftOptions.PeftVersion})"
            : "";
        return [.. Of(options).Select(key => $"{settings.Source}: the key '{key}' is not known here and has no effect{version}.")];
    }

    /// <summary>False for what HF's writers put where a feature is off: null, false, an empty object or list.</summary>
    private static bool SaysSomething(JsonNode? value) => value switch
    {
        null => false,
        JsonObject map => map.Count > 0,
        JsonArray list => list.Count > 0,
        _ => value.GetValueKind() != System.Text.Json.JsonValueKind.False,
    };

    /// <summary>The version, where it is a later one than ours; endings such as <c>.dev0@abc</c> do not count.</summary>
    private static string? IsNewer(string text)
    {
        string number = string.Join('.', text.Split('.', '@', '+', '-').TakeWhile(part => part.All(char.IsAsciiDigit)).Take(3));
        return Version.TryParse(number, out Version? version) && version > Version.Parse(PeftOptions.PeftVersion) ? text : null;
    }
}
