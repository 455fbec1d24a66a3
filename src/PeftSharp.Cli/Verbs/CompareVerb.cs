using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Processes;
using PeftSharp.Cli.Rendering;
using PeftSharp.Workflows.Comparing;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft compare</c>.</summary>
internal static class CompareVerb
{
    private static readonly CompareOptions _defaults = new();

    public static Verb Create(Terminal terminal)
    {
        Argument<string?> file = SharedOptions.Config("YAML file of a run, maybe with a compare section");
        Option<string?> methods = new("--methods")
        {
            Description = $"methods to compare, each with its usual settings, in place of a compare section: {string.Join(", ", MethodSettings.All.Select(settings => settings.PeftType))}",
            HelpName = "A,B",
        };
        Option<int?> latency = SharedOptions.Latency($"single requests to time of each variant (default: {_defaults.Requests})");
        Option<bool> force = new("--force") { Description = "run variants again that were run with the same configuration" };
        Option<bool> json = SharedOptions.Json("the comparison");
        ConfigFlags flags = new(ConfigSchema.OfTraining.Keys.Where(key => key.Name != TrainVerb.Resume));
        Command command = new("compare", "trains several methods on the same data and puts them side by side") { file, methods, latency, force, json };
        foreach (Option option in flags.Options)
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return new Verb(
            command,
            "Trains several methods, or one with several settings, on the same task, model and data, one after the other, each in a process of its own, and puts side by side: the score of the saved adapter on data.test (else data.eval), trainable parameters, the size of the adapter and what it saves against full fine-tuning, the seconds of training with reading and tokenising, the peak of memory, and the milliseconds of single requests. Writes comparison.md (a table), comparison.svg (the score against the trainable parameters) and comparison.json (everything) into output_dir, and the run of each variant into a folder there. Variants are named by --methods or listed in the file: compare: [BITFIT, {name: LoRA r 4, peft_type: LORA, r: 4, learning_rate: 1e-3}]; one that names a peft_type has nothing of the file's peft section, and what a variant sets wins over flags. A variant that fails is told and the others go on. Ctrl-C keeps what is finished; the same command goes on from there.",
            [
                new("peft compare examples/compare-banking77.yaml", "four methods on what comes along"),
                new("peft compare run.yaml --methods LORA,BOTTLENECK,PREFIX_TUNING,PROMPT_TUNING,BITFIT,IA3,FULL", "a run of your own with other methods"),
                new("peft compare run.yaml --methods LORA,IA3 --limit 400 --max_steps 20 --output_dir runs/quick", "a quick look on a few rows"),
            ],
            flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            string? path = parsed.GetValue(file);
            string? named = parsed.GetValue(methods);
            IReadOnlyList<ConfigOverride> overrides = flags.Read(parsed);
            ComparisonConfig config = ComparisonConfig.Load(
                path, overrides, named?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            CompareOptions options = new() { Requests = parsed.GetValue(latency) ?? _defaults.Requests, Force = parsed.GetValue(force) };
            Comparison comparison = CompareProgress.Show(terminal, observer => CompareWorkflow.Run(config, new ProcessVariantRunner(), options, observer, cancellation));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(comparison.ToJson()));
            else if (comparison.Results.Count > 0)
                ComparisonSummary.Write(terminal, comparison);
            if (comparison.Stopped)
            {
                terminal.Error.WriteLine($"stopped; {comparison.Results.Count} of {comparison.Asked} variants are done. Go on with:");
                terminal.Error.WriteLine($"  {CommandLineText.Of("compare", path, overrides, More(named, parsed.GetValue(latency)))}");
                return ExitCodes.Interrupted;
            }
            if (comparison.Failed.ToArray() is [VariantResult first, ..] failed)
                throw new PeftException($"{failed.Length} of {comparison.Asked} variants failed; the first was {first.Variant.Name}: {first.Error}");
            return ExitCodes.Success;
        }
    }

    private static IEnumerable<string> More(string? methods, int? requests)
    {
        if (methods is not null)
            yield return $"--methods {CommandLineText.Quoted(methods)}";
        if (requests is not null)
            yield return $"--latency {requests}";
    }
}
