using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>Putting one text for another.</summary>
internal static class Replacing
{
    /// <param name="text">The text.</param>
    /// <param name="old">What is replaced; if empty, the places between letters.</param>
    /// <param name="with">What comes for it.</param>
    /// <param name="most">How many times at most; below zero for every time.</param>
    /// <param name="run">The rendering.</param>
    public static string Replace(string text, string old, string with, int most, Run run)
    {
        TextSink sink = new(run.Budget);
        run.Budget.SpendChars(text.Length);
        int left = most < 0 ? int.MaxValue : most;
        if (old.Length == 0)
        {
            foreach (string letter in CodePointText.Split(text))
            {
                if (left-- > 0)
                    sink.Write(with);
                sink.Write(letter);
            }
            if (left > 0)
                sink.Write(with);
            return sink.ToString();
        }
        int start = 0;
        while (left-- > 0 && text.IndexOf(old, start, StringComparison.Ordinal) is >= 0 and int place)
        {
            sink.Write(text[start..place]);
            sink.Write(with);
            start = place + old.Length;
        }
        sink.Write(text[start..]);
        return sink.ToString();
    }
}
