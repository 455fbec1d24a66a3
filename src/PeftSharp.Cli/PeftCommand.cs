using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Verbs;
using PeftSharp.Data;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli;

/// <summary>The <c>peft</c> command: parses, calls the workflow of a verb, and turns errors into one line and an exit code.</summary>
public static class PeftCommand
{
    private const string Help = "--help";
    private const string Verbose = "--verbose";

    /// <summary>Runs a command line.</summary>
    /// <param name="args">What follows <c>peft</c>.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(terminal);
        bool verbose = args.Contains(Verbose);
        try
        {
            return await DispatchAsync([.. args.Where(arg => arg != Verbose)], terminal, cancellationToken);
        }
        catch (Exception error)
        {
            return ErrorReport.Write(terminal, error, verbose);
        }
    }

    /// <summary>All verbs; a new one is a file in <c>Verbs/</c> and a line here.</summary>
    internal static IReadOnlyList<Verb> Verbs(Terminal terminal) =>
    [
        QuickstartVerb.Create(terminal),
        TrainVerb.Create(terminal),
        CompareVerb.Create(terminal),
        EvaluateVerb.Create(terminal),
        PredictVerb.Create(terminal),
        GenerateVerb.Create(terminal),
        ChatVerb.Create(terminal),
        MergeVerb.Create(terminal),
        ConvertAdapterVerb.Create(terminal),
        CombineVerb.Create(terminal),
        ConvertVerb.Create(terminal),
        ExportAdapterVerb.Create(terminal),
        InspectVerb.Create(terminal),
        BenchVerb.Create(terminal),
        DoctorVerb.Create(terminal),
        SchemaVerb.Create(terminal),
        CompletionVerb.Create(terminal, () => Verbs(terminal)),
    ];

    private static async Task<int> DispatchAsync(string[] args, Terminal terminal, CancellationToken cancellationToken)
    {
        IReadOnlyList<Verb> verbs = Verbs(terminal);
        if (args is [] or [Help or "-h" or "-?" or "help"])
        {
            HelpWriter.WriteVerbs(terminal.Out, verbs);
            return ExitCodes.Success;
        }
        if (args is ["--version"])
        {
            terminal.Out.WriteLine(typeof(PeftCommand).Assembly.GetName().Version?.ToString(3));
            return ExitCodes.Success;
        }
        Verb verb = Find(verbs, args[0] == "help" ? args[1] : args[0]);
        if (args[0] == "help" || args.Skip(1).Any(arg => arg is Help or "-h"))
        {
            HelpWriter.Write(terminal.Out, verb, HelpTopic.Of(args[0] == "help" ? args.Skip(2) : args.SkipWhile(arg => arg is not (Help or "-h")).Skip(1)));
            return ExitCodes.Success;
        }
        args = Habits.WithoutNotNeeded(verb, args, terminal);
        RequireKnownOptions(verb, args, verbs);
        Command root = new("peft");
        root.Subcommands.Add(verb.Command);
        ParseResult parsed = root.Parse(
            args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        RequireSound(verb, parsed);
        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = terminal.Out, Error = terminal.Error },
            cancellationToken);
    }

    private static Verb Find(IReadOnlyList<Verb> verbs, string name) =>
        verbs.FirstOrDefault(verb => verb.Command.Name == name)
        ?? throw new ConfigException(
            $"there is no verb \"{name}\"{NearestName.Suggestion(name, verbs.Select(verb => verb.Command.Name))}; the verbs are {string.Join(", ", verbs.Select(verb => verb.Command.Name))}.");

    /// <summary>
    /// Finds options that there are not, before the parser takes them for arguments. Behind <c>--</c> everything is text.
    /// </summary>
    private static void RequireKnownOptions(Verb verb, string[] args, IReadOnlyList<Verb> verbs)
    {
        string[] known = [.. verb.Command.Options.SelectMany(option => option.Aliases.Append(option.Name))];
        foreach (string arg in args.TakeWhile(arg => arg != "--").Where(arg => arg.StartsWith("--", StringComparison.Ordinal)))
        {
            string option = arg.Split('=')[0];
            if (known.Contains(option))
                continue;
            if (verb.Flags?.Ambiguous.Contains(option[2..]) == true)
                throw new ConfigException(
                    $"{option} may be {string.Join(" or ", verb.Flags.FullNamesOf(option[2..]))}; write which one.");
            if (Habits.Answer(verb, option, verbs) is { } answer)
                throw new ConfigException($"peft {verb.Command.Name} has no {option}: {answer}.");
            IEnumerable<string> shown = verb.Command.Options.Where(o => !o.Hidden).SelectMany(o => o.Aliases.Append(o.Name));
            throw new ConfigException($"unknown option {option}{NearestName.Suggestion(option, shown.Append(Help).Append(Verbose))}; peft {verb.Command.Name} --help {(verb.IsLong ? $"{HelpTopic.All} " : "")}lists all.");
        }
    }

    /// <summary>Says in one line what is wrong with a command line.</summary>
    private static void RequireSound(Verb verb, ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [string token, ..])
            throw new ConfigException($"\"{token}\" is one argument too many for peft {verb.Command.Name}; text with spaces goes in quotes.");
        if (parsed.Errors is [var first, ..])
            throw new ConfigException($"{first.Message.TrimEnd('.')}; see peft {verb.Command.Name} --help.");
    }
}
