namespace PeftSharp.Workflows.Configuration;

/// <summary>A configuration or command line that cannot be used as it stands: the user has to change it.</summary>
/// <param name="message">What is wrong, where (file and line, or the flag), and what would be right.</param>
/// <param name="inner">What led to it.</param>
public sealed class ConfigException(string message, Exception? inner = null) : PeftException(message, inner);
