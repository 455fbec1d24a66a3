namespace PeftSharp.Text.Chat;

/// <summary>Which tokens of an encoded conversation are the model's own.</summary>
public static class AssistantMask
{
    /// <summary>A mark for each token: whether it overlaps one of the spans.</summary>
    /// <param name="encoding">The encoded text, without special tokens around it.</param>
    /// <param name="spans">Where the model's words stand, in order.</param>
    public static bool[] Of(Encoding encoding, IReadOnlyList<TokenOffset> spans)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        ArgumentNullException.ThrowIfNull(spans);
        bool[] mask = new bool[encoding.Length];
        int span = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            TokenOffset token = encoding.Offsets[i];
            while (span < spans.Count && spans[span].End <= token.Start)
                span++;
            mask[i] = span < spans.Count && token.End > spans[span].Start && token.End > token.Start;
        }
        return mask;
    }
}
