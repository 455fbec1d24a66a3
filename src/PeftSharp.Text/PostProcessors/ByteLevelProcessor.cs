using PeftSharp.Text.Loading;

namespace PeftSharp.Text.PostProcessors;

/// <summary>Adds nothing; trims offsets if asked to.</summary>
internal sealed class ByteLevelProcessor : IPostProcessor
{
    private readonly bool _addedPrefixSpace;

    public ByteLevelProcessor(bool trimOffsets, bool addedPrefixSpace)
    {
        AdjustsOffsets = trimOffsets;
        _addedPrefixSpace = addedPrefixSpace;
    }

    public bool AdjustsOffsets { get; }

    public static ByteLevelProcessor Read(JsonPart part)
    {
        ByteLevelOptions options = ByteLevelOptions.Read(part);
        return new ByteLevelProcessor(options.TrimOffsets, options.AddPrefixSpace);
    }

    public Layout? LayoutFor(bool pair) => null;

    public TokenOffset AdjustOffset(int index, ReadOnlySpan<char> token, TokenOffset offset) =>
        AdjustsOffsets ? OffsetTrimmer.Trim(index, token, offset, _addedPrefixSpace) : offset;
}
