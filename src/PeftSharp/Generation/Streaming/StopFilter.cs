namespace PeftSharp.Generation.Streaming;

/// <summary>
/// Passes text on until a stop string comes: neither it nor what follows is passed on, and text that may yet turn out to
/// be its beginning is held back. Belongs to one generation.
/// </summary>
internal sealed class StopFilter(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>True once a stop string has come.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes text and returns what is now certain to be shown.</summary>
    public string Add(string text)
    {
        if (Stopped || text.Length == 0)
            return "";
        if (stops.Count == 0)
            return text;
        string all = _held + text;
        int stop = FirstStop(all);
        Stopped = stop >= 0;
        int shown = Stopped ? stop : all.Length - PossibleBeginning(all);
        _held = Stopped ? "" : all[shown..];
        return all[..shown];
    }

    /// <summary>What was held back, at the end.</summary>
    public string Flush()
    {
        string held = _held;
        _held = "";
        return held;
    }

    private int FirstStop(string text)
    {
        int first = -1;
        foreach (string stop in stops)
            if (text.IndexOf(stop, StringComparison.Ordinal) is var at and >= 0 && (first < 0 || at < first))
                first = at;
        return first;
    }

    /// <summary>The length of the longest end of the text that a stop string begins with.</summary>
    private int PossibleBeginning(string text)
    {
        int longest = 0;
        foreach (string stop in stops)
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
        return longest;
    }
}
