using Xunit;
using System.Text.Json.Nodes;

namespace PeftSharp.Cli.Tests;

/// <summary>A command line that was run in this process, with what it wrote.</summary>
internal sealed record PeftRun(int Exit, string Out, string Error)
{
    public IReadOnlyList<string> ErrorLines => [.. Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    public JsonNode Json => JsonNode.Parse(Out)!;

    public static PeftRun Of(params string[] args) => Of(default, args);

    public static PeftRun Of(CancellationToken cancellation, params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int exit = PeftCommand.RunAsync(args, new Terminal(output, error), cancellation).GetAwaiter().GetResult();
        return new(exit, output.ToString(), error.ToString());
    }

    /// <summary>Runs what must go well.</summary>
    public static PeftRun Well(params string[] args)
    {
        PeftRun run = Of(args);
        Assert.True(run.Exit == 0, $"peft {string.Join(' ', args)}: exit {run.Exit}\n{run.Error}");
        return run;
    }

    /// <summary>Runs what must fail with this exit code and exactly one line that begins with "error: " and has these words.</summary>
    public static PeftRun Fails(int exit, string[] args, params string[] words)
    {
        PeftRun run = Of(args);
        Assert.True(run.Exit == exit, $"peft {string.Join(' ', args)}: exit {run.Exit}\n{run.Error}");
        string line = Assert.Single(run.ErrorLines, line => line.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Equal(line, run.ErrorLines[^1]);
        Assert.DoesNotContain(run.ErrorLines, l => l.TrimStart().StartsWith("at ", StringComparison.Ordinal));
        foreach (string word in words)
            Assert.Contains(word, line, StringComparison.Ordinal);
        return run;
    }
}
