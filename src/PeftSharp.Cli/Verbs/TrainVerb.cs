using System.CommandLine;
using System.Globalization;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Runs;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft train</c>.</summary>
internal static class TrainVerb
{
    /// <summary>The key that is of a single run only.</summary>
    public const string Resume = "resume_from_checkpoint";

    public static Verb Create(Terminal terminal)
    {
        Argument<string?> file = SharedOptions.Config("YAML file");
        Option<bool> json = SharedOptions.Json("the summary");
        ConfigFlags flags = new(ConfigSchema.OfTraining.Keys);
        Command command = new("train", "fine-tunes a model on your data") { file, json };
        foreach (Option option in flags.Options)
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return new Verb(
            command,
            "Fine-tunes a model on your data with a small adapter and writes the folder of a run: config.yaml with every value as used, metrics.jsonl, checkpoint-*, and adapter/, an ordinary Hugging Face adapter folder. Values come from a YAML file and flags with Hugging Face's names and defaults; flags win. Lists are a,b or [a, b]. Ctrl-C writes a checkpoint and says how to go on.",
            [
                new("peft train config.yaml --learning_rate 5e-4 --peft.r 16", "a file, with two values changed"),
                new("peft train --model assets/models/all-MiniLM-L6-v2 --task SEQ_CLS --train train.csv --test test.csv --text text --label category --learning_rate 1e-3 --output_dir runs/mine", "classify texts"),
                new("peft train --model MODEL --task TOKEN_CLS --train ner.jsonl --tokens tokens --tags ner_tags --output_dir runs/ner", "find names and other entities"),
                new("peft train --model MODEL --task QUESTION_ANS --train squad.jsonl --output_dir runs/qa", "answer questions from a text"),
                new("peft train --model MODEL --task CAUSAL_LM --train chat.jsonl --prompt prompt --completion completion --output_dir runs/chat", "write the completion of a prompt"),
                new("peft train config.yaml --resume_from_checkpoint true", "go on where an interrupted run stopped"),
            ],
            flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            string? path = parsed.GetValue(file);
            IReadOnlyList<ConfigOverride> overrides = flags.Read(parsed);
            RunConfig config = RunConfig.Load(path, overrides);
            RunReport report = LiveProgress.Show(terminal, observer => TrainWorkflow.Run(config, observer, cancellationToken: cancellation));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(report.ToJson()));
            if (report.Training.Stopped)
            {
                if (report.Training.Checkpoint is not { } checkpoint)
                {
                    terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped after step {report.Training.Steps}; save_strategy is no, so nothing of it was kept."));
                    return ExitCodes.Interrupted;
                }
                terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped after step {report.Training.Steps}; {checkpoint} has all of it. Go on with:"));
                terminal.Error.WriteLine($"  {CommandLineText.Of("train", path, overrides.Where(flag => flag.Name != $"{ConfigKeys.Training}.{Resume}"), $"--{Resume} true")}");
                return ExitCodes.Interrupted;
            }
            if (!parsed.GetValue(json))
                RunSummary.Write(terminal, report);
            return ExitCodes.Success;
        }
    }
}
