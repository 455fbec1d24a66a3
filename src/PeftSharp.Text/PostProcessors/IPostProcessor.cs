namespace PeftSharp.Text.PostProcessors;

/// <summary>Says where special tokens go around one or two sequences, and how the offsets of a sequence are adjusted.</summary>
internal interface IPostProcessor
{
    /// <summary>The arrangement for one sequence or a pair, or null where this processor arranges nothing.</summary>
    Layout? LayoutFor(bool pair);

    /// <summary>Whether <see cref="AdjustOffset"/> does anything.</summary>
    bool AdjustsOffsets => false;

    /// <summary>Adjusts the offset of a token; <paramref name="index"/> counts from the start of its (truncated) sequence.</summary>
    TokenOffset AdjustOffset(int index, ReadOnlySpan<char> token, TokenOffset offset) => offset;
}
