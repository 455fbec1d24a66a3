using System.CommandLine;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Workflows.Answers;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Runs;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft quickstart</c>.</summary>
internal static class QuickstartVerb
{
    private const string DefaultQuestion = "I lost my card on holiday, can you send me a new one?";
    private const int Likeliest = 3;

    public static Verb Create(Terminal terminal)
    {
        Option<string> ask = new("--ask") { Description = $"the question to answer at the end (default: \"{DefaultQuestion}\")", HelpName = "QUESTION", DefaultValueFactory = _ => DefaultQuestion };
        Option<bool> interactive = new("--interactive") { Description = "ask for further questions until an empty line" };
        Option<string?> model = new("--model") { Description = "folder of another encoder (default: the MiniLM that comes along)", HelpName = "FOLDER" };
        Option<string?> data = new("--data") { Description = "folder with train.csv and test.csv of columns text and category (default: the Banking77 that comes along)", HelpName = "FOLDER" };
        Option<string> output = new("--output_dir") { Description = "folder of the run (default: runs/quickstart)", HelpName = "FOLDER", DefaultValueFactory = _ => "runs/quickstart" };
        Option<int?> steps = new("--max_steps") { Description = "stop after so many steps, for a quick look", HelpName = "N", Validators = { result => SharedOptions.RequirePositive(result, "--max_steps") } };
        Option<bool> json = SharedOptions.Json("the summary");
        Command command = new("quickstart", "trains on the data that comes along and answers a question, in about two minutes") { ask, interactive, model, data, output, steps, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return new Verb(
            command,
            "Teaches the small model that comes along (all-MiniLM-L6-v2, 23 million values) to tell 77 intents of bank customers apart (Banking77, 10,003 questions), with LoRA. Scores it on the official test split before and after, saves the adapter, loads it again from disk and answers a question. Needs no network. The run is one of peft train: its config.yaml shows every setting.",
            [
                new("peft quickstart", "trains, scores, answers"),
                new("peft quickstart --ask \"Why was I charged a fee?\"", "answers your question"),
                new("peft train runs/quickstart/config.yaml --learning_rate 1e-3 --output_dir runs/second", "afterwards: the same run with a change of yours"),
            ]);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            RunConfig config = Config(parsed.GetValue(model), parsed.GetValue(data), parsed.GetRequiredValue(output), parsed.GetValue(steps));
            RunReport report = LiveProgress.Show(terminal, observer => TrainWorkflow.Run(config, observer, measureBefore: true, cancellation));
            if (report.Training.Stopped)
            {
                terminal.Error.WriteLine($"stopped. Go on with:\n  peft train {report.Folder}/config.yaml --resume_from_checkpoint true");
                return ExitCodes.Interrupted;
            }
            bool asJson = parsed.GetValue(json);
            if (asJson)
                terminal.Out.WriteLine(Json.Indented(report.ToJson()));
            else
                RunSummary.Write(terminal, report with { Evaluation = null });
            // From disk, as any later program would.
            using LoadedModel loaded = LoadedModel.Load(ModelLocation.Resolve(report.AdapterFolder!));
            if (!asJson)
                Answer(terminal, loaded, config.Data, parsed.GetRequiredValue(ask), cancellation);
            if (parsed.GetValue(interactive) && terminal.CanAsk)
                Converse(terminal, loaded, config.Data, cancellation);
            if (!asJson)
                terminal.Out.WriteLine($"\nNext: peft predict {report.Folder} \"your question\" --top_k 3");
            return ExitCodes.Success;
        }
    }

    private static RunConfig Config(string? model, string? data, string output, int? steps)
    {
        QuickstartAssets assets = model is null || data is null ? QuickstartAssets.Find() : new(model, data);
        (model, data) = (model ?? assets.Model, data ?? assets.Data);
        string sample = WriteSample(Path.Combine(data, "test.csv"), output);
        List<ConfigOverride> settings =
        [
            new("model", model),
            new("task", "SEQ_CLS"),
            new("peft.peft_type", "LORA"),
            new("peft.r", "8"),
            new("peft.lora_alpha", "16"),
            new("peft.lora_dropout", "0.1"),
            new("peft.target_modules", "query,value"),
            new("data.train", Path.Combine(data, "train.csv")),
            new("data.eval", sample),
            new("data.test", Path.Combine(data, "test.csv")),
            new("data.label", "category"),
            new("data.max_length", "128"),
            new("training.output_dir", output),
            new("training.learning_rate", "5e-3"),
            new("training.num_train_epochs", "1"),
            new("training.per_device_train_batch_size", "16"),
            new("training.per_device_eval_batch_size", "64"),
            new("training.group_by_length", "true"),
            new("training.warmup_ratio", "0.06"),
            new("training.logging_steps", "25"),
            new("training.eval_strategy", "steps"),
            new("training.eval_steps", "125"),
            new("training.save_strategy", "no"),
        ];
        if (steps is { } most)
            settings.Add(new("training.max_steps", most.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        return RunConfig.Load(null, settings);
    }

    /// <summary>A few rows of the test file, to show the accuracy while training; nothing is chosen by them.</summary>
    private static string WriteSample(string test, string output)
    {
        Dataset rows = Dataset.Load(test);
        int every = Math.Max(1, rows.Count / 250);
        string path = Path.Combine(output, "sample.jsonl");
        Directory.CreateDirectory(output);
        AtomicFile.WriteText(path, string.Concat(rows.Where((_, i) => i % every == 0).Select(row =>
            Json.Line(new JsonObject { ["text"] = row.Text("text"), ["category"] = row.Text("category") }) + "\n")));
        return path;
    }

    private static void Answer(Terminal terminal, LoadedModel model, DataOptions data, string question, CancellationToken cancellation)
    {
        terminal.Out.WriteLine($"\n\"{question}\"");
        Predictions answer = PredictWorkflow.OfTexts(model, data, [question], Likeliest, cancellationToken: cancellation);
        foreach (JsonNode? likely in answer.Rows[0]["top"]?.AsArray() ?? [])
            terminal.Out.WriteLine($"  {(float)likely!["probability"]!,6:P1}  {(string?)likely["label"]}");
    }

    private static void Converse(Terminal terminal, LoadedModel model, DataOptions data, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            terminal.Out.Write("\nyour question (empty to end): ");
            if (terminal.ReadLine() is not { Length: > 0 } question)
                return;
            Answer(terminal, model, data, question, cancellation);
        }
    }
}
