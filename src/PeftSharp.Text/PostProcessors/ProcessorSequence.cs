using PeftSharp.Text.Loading;

namespace PeftSharp.Text.PostProcessors;

/// <summary>Post-processors one after another, of which at most one arranges special tokens.</summary>
internal sealed class ProcessorSequence : IPostProcessor
{
    private readonly IPostProcessor[] _processors;

    private ProcessorSequence(IPostProcessor[] processors) => _processors = processors;

    public bool AdjustsOffsets => _processors.Any(p => p.AdjustsOffsets);

    public static ProcessorSequence Read(JsonPart part)
    {
        IPostProcessor[] processors = Components.PostProcessors.ReadList(part, "processors");
        int arranging = processors.Count(p => p.LayoutFor(pair: false) is not null);
        return arranging <= 1
            ? new ProcessorSequence(processors)
            : throw part.Error($"{arranging} of the post-processors place special tokens; one is possible.");
    }

    public Layout? LayoutFor(bool pair) => _processors.Select(p => p.LayoutFor(pair)).FirstOrDefault(l => l is not null);

    public TokenOffset AdjustOffset(int index, ReadOnlySpan<char> token, TokenOffset offset)
    {
        foreach (IPostProcessor processor in _processors)
            offset = processor.AdjustOffset(index, token, offset);
        return offset;
    }
}
