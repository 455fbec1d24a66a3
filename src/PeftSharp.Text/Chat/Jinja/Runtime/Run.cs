namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>One rendering: what it may use, and where it is.</summary>
internal sealed class Run(Budget budget, TimeProvider clock)
{
    private readonly List<(int Start, int End)> _generated = [];

    public Budget Budget => budget;

    public TimeProvider Clock => clock;

    /// <summary>The line of the template that runs; errors name it.</summary>
    public int Line { get; set; } = 1;

    /// <summary>Where generation blocks wrote in the rendering, in UTF-16 units.</summary>
    public IReadOnlyList<(int Start, int End)> Generated => _generated;

    /// <summary>Whether some generation block wrote into a text that was kept first, so that its place is not known.</summary>
    public bool HasLostGenerated { get; private set; }

    public void MarkGenerated(TextSink sink, int start)
    {
        if (sink.IsOutput)
            _generated.Add((start, sink.Length));
        else
            HasLostGenerated = true;
    }
}
