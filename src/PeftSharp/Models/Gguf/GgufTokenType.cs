namespace PeftSharp.Models.Gguf;

/// <summary>What a token of a GGUF vocabulary is; the numbers are the format's.</summary>
internal enum GgufTokenType
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>For what the vocabulary does not have.</summary>
    Unknown = 2,

    /// <summary>Special: begins, ends, separates.</summary>
    Control = 3,

    /// <summary>Added text that is never split.</summary>
    UserDefined = 4,

    /// <summary>Fills an id that has no token.</summary>
    Unused = 5,

    /// <summary>A byte.</summary>
    Byte = 6,
}
