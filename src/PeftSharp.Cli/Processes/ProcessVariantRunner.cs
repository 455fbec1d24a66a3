using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Workflows.Comparing;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Processes;

/// <summary>A variant is <c>peft train</c> and then <c>peft evaluate --latency</c> on what it saved, a process each.</summary>
internal sealed class ProcessVariantRunner : IVariantRunner
{
    public VariantMeasures Run(ComparisonVariant variant, int requests, Action<string> progress, CancellationToken cancellationToken)
    {
        RunConfig config = variant.Config;
        JsonObject training = Report(["train", Path.Combine(variant.Folder, ModelLocation.ConfigFileName), "--json"], progress, cancellationToken);
        JsonObject evaluation = Report(
            [
                "evaluate", variant.Folder, "--json", "--latency", requests.ToString(CultureInfo.InvariantCulture),
                "--batch_size", config.Training.Batches.EvaluationSize.ToString(CultureInfo.InvariantCulture), "--device", config.Device, "--dtype", config.Dtype,
                "--compute", config.Compute,
            ],
            progress, cancellationToken);
        return VariantMeasures.Of(training, evaluation);
    }

    private static JsonObject Report(IReadOnlyList<string> args, Action<string> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PeftProcess process = PeftProcess.Run(args, Told, cancellationToken);
        if (process.ExitCode == ExitCodes.Interrupted)
            throw new OperationCanceledException(cancellationToken);
        if (process.ExitCode != ExitCodes.Success)
            throw new VariantException($"peft {args[0]}: {process.Reason()}");
        try
        {
            return JsonNode.Parse(process.Output)!.AsObject();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new VariantException($"peft {args[0]} wrote no report: {error.Message}");
        }

        // How to go on with a run that was stopped is not how to go on with the comparison.
        void Told(string line)
        {
            if (!cancellationToken.IsCancellationRequested)
                progress(line);
        }
    }
}
