using PeftSharp.Cli.Rendering;
using Spectre.Console;

namespace PeftSharp.Cli;

/// <summary>
/// Where a command writes: results to standard output, progress and errors to standard error, without the control sequences
/// that names and texts of others may hold. Tests give writers of their own.
/// </summary>
public sealed class Terminal
{
    /// <summary>The widest line where nobody watches: nothing is cut or wrapped for a screen.</summary>
    private const int UnwatchedWidth = 160;

    private readonly TextReader _in;

    /// <summary>A terminal over writers.</summary>
    /// <param name="output">For results.</param>
    /// <param name="error">For progress and errors.</param>
    /// <param name="input">For questions; null asks nothing.</param>
    /// <param name="inputWatched">Whether a person gives the input, so that questions are shown; unset: if there is one.</param>
    /// <param name="outputWatched">Whether a person sees the output as it comes.</param>
    /// <param name="errorWatched">Whether a person sees progress as it comes.</param>
    public Terminal(TextWriter output, TextWriter error, TextReader? input = null, bool outputWatched = false, bool errorWatched = false, bool? inputWatched = null)
    {
        Out = new PrintableWriter(output);
        Error = new PrintableWriter(error);
        _in = input ?? TextReader.Null;
        CanAsk = inputWatched ?? input is not null;
        IsWatched = errorWatched;
        OutConsole = Create(output, outputWatched);
        ErrorConsole = Create(error, errorWatched);
    }

    /// <summary>The terminal of the process.</summary>
    public static Terminal OfProcess() => new(
        Console.Out, Console.Error, Console.In, !Console.IsOutputRedirected, !Console.IsErrorRedirected, !Console.IsInputRedirected);

    /// <summary>What Ctrl-C does in place of ending the command: true if it did something; null where it ends the command.</summary>
    public Func<bool>? OnInterrupt { get; set; }

    /// <summary>Results, as plain text.</summary>
    public TextWriter Out { get; }

    /// <summary>Errors and progress, as plain text.</summary>
    public TextWriter Error { get; }

    /// <summary>Results, as tables.</summary>
    public IAnsiConsole OutConsole { get; }

    /// <summary>Live progress.</summary>
    public IAnsiConsole ErrorConsole { get; }

    /// <summary>True where a person sees progress as it comes, so that bars may move.</summary>
    public bool IsWatched { get; }

    /// <summary>True where a person can be asked.</summary>
    public bool CanAsk { get; }

    /// <summary>A line of input, or null at its end.</summary>
    public string? ReadLine() => _in.ReadLine();

    /// <summary>Writes a warning.</summary>
    public void Warn(string message) => Error.WriteLine($"warning: {message}");

    private static IAnsiConsole Create(TextWriter writer, bool watched)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = watched ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = watched ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = watched ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!watched)
            console.Profile.Width = UnwatchedWidth;
        console.Pipeline.Attach(new PrintableHook());
        return console;
    }
}
