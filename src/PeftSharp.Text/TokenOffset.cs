namespace PeftSharp.Text;

/// <summary>Where a token stands in the original text, in Unicode code points (not UTF-16 units). Special tokens have 0, 0.</summary>
/// <param name="Start">The first code point.</param>
/// <param name="End">The code point after the last.</param>
public readonly record struct TokenOffset(int Start, int End);
