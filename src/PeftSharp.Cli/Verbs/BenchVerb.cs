using System.CommandLine;
using System.Globalization;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Workflows.Benchmarking;
using PeftSharp.Workflows.Configuration;
using Spectre.Console;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft bench</c>.</summary>
internal static class BenchVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string?> file = SharedOptions.Config("YAML file of a run");
        Option<int> steps = new("--steps")
        {
            HelpName = "N",
            Description = "steps to measure, after some that are not (default: 20)",
            DefaultValueFactory = _ => 20,
            Validators = { result => SharedOptions.RequirePositive(result, "--steps") },
        };
        Option<bool> json = SharedOptions.Json("the report");
        ConfigFlags flags = new(ConfigSchema.OfTraining.Keys);
        Command command = new("bench", "measures a run's training steps against what the machine can do") { file, steps, json };
        foreach (Option option in flags.Options)
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return new Verb(
            command,
            "Takes some training steps of a run and shows tokens a second, the floor (the time that the products with the frozen weights alone would take at the machine's best measured rate), where the time goes, the peak of memory, and how many pages a step touches for the first time (many mean that memory is not reused). The packed rate stands beside libtorch's plain one: where both are alike, the faster products are not used on this machine. Takes the file and the flags of peft train; nothing is written.",
            [
                new("peft bench config.yaml", "the run as it is"),
                new("peft bench config.yaml --dtype bfloat16 --steps 50", "in another dtype, over more steps"),
                new("peft bench config.yaml --compute int8", "with frozen products in int8, against their own floor"),
            ],
            flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            RunConfig config = RunConfig.Load(parsed.GetValue(file), flags.Read(parsed));
            BenchReport report = LiveProgress.Show(terminal, observer => BenchWorkflow.Run(config, parsed.GetValue(steps), observer, cancellation));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(report.ToJson()));
            else
                Write(terminal.OutConsole, report);
            return ExitCodes.Success;
        }
    }

    private static void Write(IAnsiConsole console, BenchReport report)
    {
        Table table = Tables.Create("kernel", "ms a step", "share", "calls");
        foreach (KernelTime kernel in report.Kernels)
            table.Row(kernel.Name, Number(1000 * kernel.Seconds), Percent(kernel.Seconds / report.StepSeconds), Number(kernel.Calls));
        console.Write(table);
        console.Write(Tables.OfFacts(
        [
            new("step", $"{Number(1000 * report.StepSeconds)} ms, {Number(report.Tokens)} tokens (mean of {report.Steps}): {Tables.Count((long)report.TokensPerSecond)} tokens/s"),
            new("product", $"{Rate(report.Rates.Plain)} plain, {Rate(report.Rates.Packed)} packed, {Rate(report.Rates.PackedBack)} packed to the inputs ({report.Dtype}, compute {report.Compute})"),
            new("floor", $"{Number(1000 * report.FloorSeconds)} ms for {Number(report.FrozenOperations / 1e9)} GFLOP in frozen products: the step reaches {Percent(report.ShareOfFloor)} of it"),
            new("memory", string.Create(CultureInfo.InvariantCulture, $"{Tables.Bytes(report.PeakBytes)} at most, {report.PageFaults:N0} page faults a step")),
        ]));
    }

    private static string Number(double value) => value.ToString("N1", CultureInfo.InvariantCulture);

    private static string Percent(double value) => value.ToString("P0", CultureInfo.InvariantCulture);

    private static string Rate(double operations) => string.Create(CultureInfo.InvariantCulture, $"{operations / 1e9:N0} GFLOP/s");
}
