namespace PeftSharp.Workflows.Configuration;

/// <summary>What the value of a key must be.</summary>
public enum ConfigKind
{
    /// <summary>Text; a number is taken as it is written.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>One character.</summary>
    Character,

    /// <summary>One of <see cref="ConfigKey.Choices"/>.</summary>
    Choice,

    /// <summary>A list of texts.</summary>
    TextList,

    /// <summary>The name of a column, or a list of them; a comma may be part of a name.</summary>
    Columns,

    /// <summary>Whatever the method takes: typed as YAML types it.</summary>
    Free,

    /// <summary>As <see cref="Free"/>; names with commas between them are a list.</summary>
    FreeList,
}

/// <summary>A key of a run's configuration: what YAML, flags and help know of it.</summary>
/// <param name="Section"><c>peft</c>, <c>data</c>, <c>training</c>, or empty for keys of the file itself.</param>
/// <param name="Name">Hugging Face's name where it has one.</param>
/// <param name="Kind">What its value must be.</param>
/// <param name="Default">The default as help shows it; null for none.</param>
/// <param name="Help">One line.</param>
/// <param name="Choices">The values of a <see cref="ConfigKind.Choice"/>.</param>
public sealed record ConfigKey(
    string Section, string Name, ConfigKind Kind, string? Default, string Help, IReadOnlyList<string>? Choices = null)
{
    /// <summary>The key with its section, such as <c>training.learning_rate</c>.</summary>
    public string FullName => Section.Length == 0 ? Name : $"{Section}.{Name}";

    /// <summary>Other names by which flags know it.</summary>
    public IReadOnlyList<string> Aliases => KeyAliases.Of(FullName);

    /// <summary>True where help leaves it out: keys that are taken for compatibility only.</summary>
    public bool Hidden => Help.Length == 0;
}
