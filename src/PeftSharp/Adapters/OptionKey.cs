namespace PeftSharp.Adapters;

/// <summary>One option of a method, as a configuration file and help name it.</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Default">The default as help shows it; null for none.</param>
/// <param name="Help">One line.</param>
/// <param name="IsList">True where names with commas between them are a list.</param>
internal sealed record OptionKey(string Name, string? Default, string Help, bool IsList = false);
