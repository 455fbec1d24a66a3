using System.CommandLine;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Data;
using PeftSharp.Workflows.Answers;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft predict</c>.</summary>
internal static class PredictVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string[]> texts = new("text")
        {
            HelpName = "TEXT",
            Description = "texts in quotes; for question answering a question and its context in turn",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> file = new("--file") { Description = "rows to predict for, in place of texts: .txt .tsv .csv .jsonl .json .conll", HelpName = "FILE" };
        Option<int> topK = new("--top_k") { Description = "how many of the likeliest labels to give (default: 1)", HelpName = "N", DefaultValueFactory = _ => 1, Validators = { result => SharedOptions.RequirePositive(result, "--top_k") } };
        Option<bool> json = SharedOptions.Json("one object a line");
        Option<bool> tsv = new("--tsv") { Description = "write one row a line with tabs between its fields" };
        Option<string?> output = new("--output") { Description = "write to this file; its ending is the format: .csv .tsv .jsonl .json", HelpName = "FILE" };
        Option<string> keep = new("--keep_columns") { Description = "columns of --file to write beside the predictions (not in the table on the screen): all, none, or names (default: all)", HelpName = "A,B", DefaultValueFactory = _ => "all" };
        UseOptions use = new();
        Command command = new("predict", "asks a model about texts or the rows of a file") { texts, file, topK, json, tsv, output, keep };
        use.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
        return new Verb(
            command,
            "Gives the labels and probabilities, tags, answers or numbers that a model has for texts. An adapter folder is enough: it names its base model and keeps the names of its labels. Paths are relative to the current directory.",
            [
                new("peft predict runs/banking77 \"Where is my card?\" --top_k 3", "one question, the three likeliest intents"),
                new("peft predict runs/banking77 --file tickets.csv --text message --output answers.csv", "a spreadsheet's rows with all their columns and the predictions beside them"),
                new("peft predict runs/banking77 --file questions.csv --text question --tsv", "a column of a file, with tabs between the fields"),
            ],
            use.Flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            string[] given = parsed.GetValue(texts) ?? [];
            string? rows = parsed.GetValue(file);
            if (given.Length == 0 == rows is null)
                throw new ConfigException(rows is null ? "there is nothing to predict for; give texts after the model, or --file FILE." : "give texts or --file, not both.");
            if (parsed.GetValue(output) is { } named)
                RequireFormat(named);
            (LoadedModel model, DataOptions data) = use.Load(terminal, parsed);
            using (model)
            {
                Predictions predictions = rows is null
                    ? PredictWorkflow.OfTexts(model, data, given, parsed.GetValue(topK), use.BatchSize(parsed), cancellation)
                    : PredictWorkflow.OfFile(model, data, rows, parsed.GetValue(topK), use.BatchSize(parsed), cancellation);
                if (predictions.Skipped is { } skipped)
                    terminal.Warn(skipped);
                if (predictions.TruncatedRows > 0)
                    terminal.Warn($"{predictions.TruncatedRows:N0} of {predictions.Rows.Count:N0} rows were longer than max_length and were cut.");
                if (parsed.GetValue(output) is { } target)
                    PredictionWriter.WriteFile(target, Rows());
                else if (parsed.GetValue(tsv))
                    DataWriter.Write(terminal.Out, DataFormat.Tsv, Rows());
                else if (parsed.GetValue(json))
                    DataWriter.Write(terminal.Out, DataFormat.Jsonl, Rows());
                else
                    PredictionWriter.WriteTable(terminal.OutConsole, predictions.Rows);

                IReadOnlyList<JsonObject> Rows() => rows is null ? predictions.Rows : predictions.WithColumns(parsed.GetValue(keep) switch
                {
                    "all" => null,
                    "none" or "" or null => [],
                    var names => names.Split(',', StringSplitOptions.TrimEntries),
                });
            }
            return ExitCodes.Success;
        }
    }

    /// <summary>An ending that says no format is told before the model is loaded.</summary>
    private static void RequireFormat(string path)
    {
        try
        {
            DataWriter.FormatOf(path);
        }
        catch (ArgumentException error)
        {
            throw new ConfigException($"--output {error.Message}", error);
        }
    }
}
