using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Text.Loading;

/// <summary>The chat templates that have files of their own beside the settings of a tokenizer.</summary>
internal static class ChatTemplateFiles
{
    private const int MostFiles = 64;

    public static TokenizerSettings AddTo(TokenizerSettings settings, string folder)
    {
        string? json = settings.ChatTemplate is null ? ReadJson(Path.Combine(folder, "chat_template.json")) : null;
        string more = Path.Combine(folder, "additional_chat_templates");
        Dictionary<string, string> named = new(settings.NamedChatTemplates);
        if (Directory.Exists(more))
            foreach (string file in Directory.EnumerateFiles(more, "*.jinja").Order(StringComparer.Ordinal).Take(MostFiles))
                named[Path.GetFileNameWithoutExtension(file)] = SmallFile.ReadText(file);
        return settings with { ChatTemplate = settings.ChatTemplate ?? json, NamedChatTemplates = named.Count > 0 ? named : settings.NamedChatTemplates };
    }

    private static string? ReadJson(string file)
    {
        if (!File.Exists(file))
            return null;
        using JsonDocument document = JsonFile.Parse(SmallFile.ReadBytes(file), file);
        return new JsonPart(document.RootElement, file).Find("chat_template")?.String();
    }
}
