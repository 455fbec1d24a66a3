namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>What is wrong within a template or its rendering; the template adds its name and the line.</summary>
internal sealed class TemplateFault(string message) : Exception(message);
