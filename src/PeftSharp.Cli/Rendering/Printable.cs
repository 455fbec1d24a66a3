using System.Globalization;
using System.Text;

namespace PeftSharp.Cli.Rendering;

/// <summary>
/// Text that only shows characters: names of files, labels and tensors and texts of models come from others, and a control
/// sequence among them would recolour, rewrite or rename the terminal. Controls but tab and line feed become <c>\u001b</c>.
/// </summary>
internal static class Printable
{
    /// <summary>The text itself where nothing is to be escaped.</summary>
    public static string Of(string text)
    {
        int first = IndexOfControl(text);
        if (first < 0)
            return text;
        StringBuilder shown = new(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length; i++)
            if (IsControl(text[i]) && !IsLineEnd(text, i))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else
                shown.Append(text[i]);
        return shown.ToString();
    }

    /// <summary>True for what must not reach a terminal by itself.</summary>
    public static bool IsControl(char c) => char.IsControl(c) && c is not ('\t' or '\n');

    private static int IndexOfControl(string text)
    {
        for (int i = 0; i < text.Length; i++)
            if (IsControl(text[i]) && !IsLineEnd(text, i))
                return i;
        return -1;
    }

    private static bool IsLineEnd(string text, int i) => text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
}
