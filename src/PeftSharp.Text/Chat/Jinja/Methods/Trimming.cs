using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>Taking characters off the ends of a text.</summary>
internal static class Trimming
{
    /// <param name="text">The text.</param>
    /// <param name="letters">What is taken off; null for white space.</param>
    /// <param name="left">Whether at the start.</param>
    /// <param name="right">Whether at the end.</param>
    public static string Trim(string text, string? letters, bool left, bool right)
    {
        if (letters is null)
        {
            string cut = left ? CodePointText.TrimStart(text) : text;
            return right ? CodePointText.TrimEnd(cut) : cut;
        }
        HashSet<string> unwanted = [.. CodePointText.Split(letters)];
        IReadOnlyList<string> parts = CodePointText.Split(text);
        int start = 0, end = parts.Count;
        while (left && start < end && unwanted.Contains(parts[start]))
            start++;
        while (right && end > start && unwanted.Contains(parts[end - 1]))
            end--;
        return string.Concat(parts.Skip(start).Take(end - start));
    }
}
