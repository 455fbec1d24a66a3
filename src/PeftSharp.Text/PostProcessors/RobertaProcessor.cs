using PeftSharp.Text.Loading;

namespace PeftSharp.Text.PostProcessors;

/// <summary><c>&lt;s&gt; A &lt;/s&gt;</c> and <c>&lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;</c>, all of type 0; trims offsets if asked to.</summary>
internal sealed class RobertaProcessor : IPostProcessor
{
    private readonly Layout _single;
    private readonly Layout _pair;
    private readonly bool _addedPrefixSpace;

    public RobertaProcessor(int cls, int sep, bool trimOffsets, bool addedPrefixSpace)
    {
        _single = new Layout(LayoutPart.Special(0, cls), LayoutPart.Of(0, 0), LayoutPart.Special(0, sep));
        _pair = new Layout(
            LayoutPart.Special(0, cls), LayoutPart.Of(0, 0), LayoutPart.Special(0, sep, sep), LayoutPart.Of(1, 0), LayoutPart.Special(0, sep));
        AdjustsOffsets = trimOffsets;
        _addedPrefixSpace = addedPrefixSpace;
    }

    public bool AdjustsOffsets { get; }

    public static RobertaProcessor Read(JsonPart part)
    {
        part.AllowOnly("type", "sep", "cls", "trim_offsets", "add_prefix_space");
        return new RobertaProcessor(
            BertProcessor.ReadToken(part.Get("cls")),
            BertProcessor.ReadToken(part.Get("sep")),
            part.Get("trim_offsets").Bool(),
            part.Get("add_prefix_space").Bool());
    }

    public Layout LayoutFor(bool pair) => pair ? _pair : _single;

    public TokenOffset AdjustOffset(int index, ReadOnlySpan<char> token, TokenOffset offset) =>
        AdjustsOffsets ? OffsetTrimmer.Trim(index, token, offset, _addedPrefixSpace) : offset;
}
