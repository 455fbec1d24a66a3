namespace PeftSharp.Text.Pipeline;

/// <summary>Encoding many inputs at once.</summary>
internal static class Batch
{
    public static Encoding[] Encode(int count, Func<int, Encoding> encode, PaddingOptions? padding)
    {
        Encoding[] encodings = new Encoding[count];
        try
        {
            Parallel.For(0, count, i => encodings[i] = encode(i));
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            // What is wrong with one input is the caller's error as it would be without threads.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return padding is null ? encodings : Pad(encodings, padding);
    }

    public static Encoding[] Pad(Encoding[] encodings, PaddingOptions padding)
    {
        if (encodings.Length == 0)
            return encodings;
        int length = padding.Length ?? encodings.Max(e => e.Length);
        if (padding.MultipleOf is { } multiple and > 0 && length % multiple is var rest and > 0)
            length += multiple - rest;
        return [.. encodings.Select(e => e.Pad(length, padding))];
    }
}
