using Spectre.Console;
using Spectre.Console.Rendering;

namespace PeftSharp.Cli.Rendering;

/// <summary>The same for tables, bars and charts, whose own control sequences stay.</summary>
internal sealed class PrintableHook : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => (IRenderable)new Shown(renderable));

    private sealed class Shown(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            foreach (Segment segment in inner.Render(options, maxWidth))
                yield return segment.IsControlCode || segment.IsLineBreak || !segment.Text.Any(Printable.IsControl)
                    ? segment
                    : new Segment(Printable.Of(segment.Text), segment.Style);
        }
    }
}
