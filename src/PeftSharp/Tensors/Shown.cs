using System.Text;

namespace PeftSharp.Tensors;

/// <summary>How names of unknown origin are shown.</summary>
internal static class Shown
{
    /// <summary>In quotes, on one line, and never longer than a line.</summary>
    public static string Quote(string text)
    {
        StringBuilder shown = new("\"");
        foreach (char c in text.Length > 120 ? text[..120] : text)
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        return shown.Append(text.Length > 120 ? "…\"" : "\"").ToString();
    }
}
