namespace PeftSharp.Text.Patterns;

/// <summary>A stretch that a pattern matched; may be empty.</summary>
internal readonly record struct TextMatch(int Start, int Length);

/// <summary>Something that can be found in a text.</summary>
internal interface ITextPattern
{
    /// <summary>Adds all matches, in order and without overlap.</summary>
    /// <exception cref="InvalidDataException">The budget is spent.</exception>
    void FindMatches(ReadOnlySpan<char> text, List<TextMatch> matches, TimeBudget budget);
}
