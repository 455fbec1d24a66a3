namespace PeftSharp.Text.Unicode;

/// <summary>What a tokenizer asks about a character. One character may have several.</summary>
[Flags]
internal enum CharTraits : byte
{
    None = 0,

    /// <summary><c>\p{L}</c></summary>
    Letter = 1,

    /// <summary><c>\p{N}</c></summary>
    Number = 2,

    /// <summary>The White_Space property, <c>\s</c>.</summary>
    WhiteSpace = 4,

    /// <summary><c>\p{P}</c> or one of the ASCII symbols that BERT counts as punctuation (<c>$+&lt;=&gt;^`|~</c>).</summary>
    Punctuation = 8,

    /// <summary><c>\p{Mn}</c></summary>
    NonspacingMark = 16,

    /// <summary>Control, format and private use characters.</summary>
    Other = 32,

    /// <summary><c>\w</c> as UTS 18 has it: alphabetic, marks, decimal digits, connectors and joiners.</summary>
    Word = 64,

    /// <summary>The blocks that BERT surrounds with spaces.</summary>
    Cjk = 128,
}
