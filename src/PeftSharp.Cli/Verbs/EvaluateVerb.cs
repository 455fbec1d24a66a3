using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Data;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Evaluation;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Runs;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft evaluate</c>.</summary>
internal static class EvaluateVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string?> file = new("file")
        {
            HelpName = "FILE",
            Description = "labelled rows: .txt .tsv .csv .jsonl .json .conll; unset: data.test (else data.eval) of the run's config.yaml",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> json = SharedOptions.Json("the scores");
        Option<int?> latency = SharedOptions.Latency("also time so many single requests made of rows of the file, after a warm-up");
        UseOptions use = new();
        Command command = new("evaluate", "scores a model on a file of labelled rows") { file, json, latency };
        use.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
        return new Verb(
            command,
            "Scores a model, with its adapter if it has one, on labelled rows. Columns are those of the run's config.yaml unless flags name others. SEQ_CLS gives accuracy, macro-F1 and Matthews' coefficient (with one label: Pearson, Spearman and errors), TOKEN_CLS the F1 of entities, QUESTION_ANS exact match and F1, CAUSAL_LM perplexity. --latency times requests one by one through the object that a service would use (text classifier, tagger, question answerer; for CAUSAL_LM a generator that is asked for 32 tokens), text in, answer out. Paths are relative to the current directory.",
            [
                new("peft evaluate runs/banking77", "the test file of the run"),
                new("peft evaluate runs/banking77/adapter other.csv --text question --label intent --json", "another file, other columns, for a program to read"),
                new("peft evaluate runs/banking77 --latency 100", "and the milliseconds of 100 requests"),
                new("peft evaluate merged/banking77 test.csv --label category", "a model without an adapter"),
            ],
            use.Flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            (LoadedModel model, DataOptions data) = use.Load(terminal, parsed);
            using (model)
            {
                string rows = parsed.GetValue(file) ?? data.Test ?? data.Eval
                    ?? throw new ConfigException("there is no file to evaluate on; give it after the model.");
                terminal.Error.WriteLine($"scoring {rows}");
                FileEvaluation evaluation = EvaluateWorkflow.Run(model, data, rows, use.BatchSize(parsed), cancellation);
                foreach (string note in evaluation.Notes)
                    terminal.Warn(note);
                if (evaluation.TruncatedRows > 0)
                    terminal.Warn($"{evaluation.TruncatedRows:N0} of {evaluation.Rows:N0} rows were longer than max_length and were cut.");
                if (evaluation.DroppedRows > 0)
                    terminal.Warn($"{evaluation.DroppedRows:N0} of {evaluation.Rows:N0} rows have nothing that counts and were left out.");
                Latency? times = parsed.GetValue(latency) is { } requests ? LatencyWorkflow.Run(model, data, rows, requests, cancellation) : null;
                if (parsed.GetValue(json))
                {
                    JsonObject report = RunReport.ToJson(evaluation.Result);
                    report.Insert(0, "file", rows);
                    if (times is not null)
                        report["latency"] = times.ToJson();
                    terminal.Out.WriteLine(Json.Indented(report));
                }
                else
                {
                    terminal.OutConsole.Write(Tables.OfScores((Path.GetFileName(rows), evaluation.Result)));
                    ClassReportTable.Write(terminal, evaluation.Result.Classes);
                    if (times is not null)
                        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"latency   {times.MedianMs:0.00} ms median, {times.P95Ms:0.00} ms at the 95th percentile of {times.Requests:N0} single requests"));
                    terminal.Error.WriteLine($"{Tables.Duration(evaluation.Result.Seconds)}");
                }
            }
            return ExitCodes.Success;
        }
    }
}
