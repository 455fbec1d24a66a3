namespace PeftSharp.Data;

/// <summary>One example as token ids, ready to be put into a batch.</summary>
/// <param name="InputIds">The token ids, special tokens included; at least one.</param>
/// <param name="TypeIds">The segment of every token (0 or 1 for BERT), or null where the model has none.</param>
/// <param name="Label">What is to be predicted, or null.</param>
public sealed record EncodedExample(int[] InputIds, int[]? TypeIds = null, ExampleLabel? Label = null)
{
    /// <summary>The number of tokens.</summary>
    public int Length => InputIds.Length;
}

/// <summary>What is to be predicted for an example: one of the nested records.</summary>
public abstract record ExampleLabel
{
    private ExampleLabel()
    {
    }

    /// <summary>A class (single-label sequence classification).</summary>
    /// <param name="Id">The number of the class.</param>
    public sealed record Class(int Id) : ExampleLabel;

    /// <summary>A number (regression).</summary>
    /// <param name="Number">The target.</param>
    public sealed record Value(float Number) : ExampleLabel;

    /// <summary>For each label whether it holds (multi-label sequence classification).</summary>
    /// <param name="Holds">As many as labels.</param>
    public sealed record Flags(bool[] Holds) : ExampleLabel;

    /// <summary>A label for every token: a tag (token classification) or the token itself (language modelling; the model shifts).</summary>
    /// <param name="Ids">As many as tokens; −100 where the loss ignores the token.</param>
    public sealed record Tokens(int[] Ids) : ExampleLabel;

    /// <summary>The text to write (encoder-decoders), which has a length of its own.</summary>
    /// <param name="Ids">Its tokens; −100 where the loss ignores one.</param>
    public sealed record Text(int[] Ids) : ExampleLabel;

    /// <summary>The tokens on which an answer begins and ends, both included (extractive question answering).</summary>
    /// <param name="Start">The first token.</param>
    /// <param name="End">The last token.</param>
    public sealed record Span(int Start, int End) : ExampleLabel;
}
