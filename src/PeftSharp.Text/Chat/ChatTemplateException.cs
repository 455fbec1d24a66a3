namespace PeftSharp.Text.Chat;

/// <summary>A chat template that is not sound, that refuses a conversation, or that goes beyond its limits; the message names the template and the line.</summary>
public sealed class ChatTemplateException(string message) : Exception(message);
