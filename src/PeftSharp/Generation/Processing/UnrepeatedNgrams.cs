namespace PeftSharp.Generation.Processing;

/// <summary>
/// No n tokens in a row twice: those of the whole text (<c>no_repeat_ngram_size</c>), or those of its prompt
/// (<c>encoder_no_repeat_ngram_size</c>).
/// </summary>
internal sealed class UnrepeatedNgrams(int size, bool ofPrompt) : ILogitsProcessor
{
    public void Process(in GrowingText text, Span<float> scores)
    {
        int before = size - 1;
        if (text.Tokens.Length < before)
            return;
        ReadOnlySpan<int> end = text.Tokens[^before..];
        ReadOnlySpan<int> source = ofPrompt ? text.Prompt : text.Tokens;
        for (int i = 0; i + before < source.Length; i++)
            if (source.Slice(i, before).SequenceEqual(end))
                scores[source[i + before]] = float.NegativeInfinity;
    }
}
