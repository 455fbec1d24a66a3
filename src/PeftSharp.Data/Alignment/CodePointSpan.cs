namespace PeftSharp.Data;

/// <summary>A stretch of a text in Unicode code points, which is how Hugging Face counts: a character outside the basic plane is one, in .NET two.</summary>
/// <param name="Start">The first code point.</param>
/// <param name="End">The code point after the last.</param>
public readonly record struct CodePointSpan(int Start, int End);
