using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Runs;

namespace PeftSharp.Workflows.Comparing;

/// <summary>
/// Trains and measures several methods one after the other and writes the comparison. What fails is told and the others go
/// on; what an earlier comparison has done with the same configuration is not done again.
/// </summary>
public static class CompareWorkflow
{
    /// <summary>Compares.</summary>
    /// <param name="config">What to compare.</param>
    /// <param name="runner">Runs one variant.</param>
    /// <param name="options">How.</param>
    /// <param name="observer">Is told how it goes; null tells nobody.</param>
    /// <param name="cancellationToken">Ends the variant that runs; what is finished is kept and written.</param>
    /// <exception cref="ConfigException">The configuration does not fit the model or the data.</exception>
    /// <exception cref="InvalidDataException">A file of data cannot be read.</exception>
    /// <exception cref="PeftException">The folder of a variant holds something else.</exception>
    public static Comparison Run(
        ComparisonConfig config, IVariantRunner runner, CompareOptions? options = null, ICompareObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(runner);
        options ??= new();
        observer ??= new Silent();
        RunConfig shared = config.Variants[0].Config;
        // What is wrong with the files is wrong for all: once, and before anything is written.
        string file = shared.Data.Test ?? shared.Data.Eval ?? throw new ConfigException("there are no rows to compare on; give data.test (or data.eval).");
        RunData.Load(shared, new SilentRun());
        foreach (ComparisonVariant variant in config.Variants)
            VariantFile.RequireOwn(variant);

        List<VariantResult> results = [];
        foreach (ComparisonVariant variant in config.Variants)
        {
            if (cancellationToken.IsCancellationRequested)
                break;
            observer.Started(results.Count + 1, config.Variants.Count, variant);
            if (RunOne(variant, runner, options, observer, cancellationToken) is not { } result)
                break;
            results.Add(result);
            observer.Ended(result);
        }

        EvaluationOptions evaluation = shared.Training.Evaluation;
        Comparison comparison = new()
        {
            Folder = config.Folder,
            Model = shared.Model,
            File = file,
            Results = results,
            Asked = config.Variants.Count,
            Metric = MainMetric.Of(
                evaluation.BestMetric is null ? null : evaluation.BestMetricName,
                results.FirstOrDefault(result => result.Measures is not null)?.Measures!.Metrics.Keys ?? (IReadOnlyCollection<string>)[]),
        };
        if (results.Count > 0)
            ComparisonFiles.Write(comparison);
        return comparison;
    }

    /// <summary>The result of a variant, or null where it was interrupted.</summary>
    private static VariantResult? RunOne(
        ComparisonVariant variant, IVariantRunner runner, CompareOptions options, ICompareObserver observer, CancellationToken cancellationToken)
    {
        if (!options.Force && VariantFile.Find(variant, options.Requests) is { } known)
            return new(variant, known, Reused: true);
        VariantFile.Begin(variant);
        try
        {
            VariantMeasures measures = runner.Run(variant, options.Requests, observer.Progress, cancellationToken);
            VariantFile.Finish(variant, measures);
            return new(variant, measures);
        }
        catch (VariantException error)
        {
            return new(variant, null, error.Message);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private sealed class Silent : ICompareObserver;

    private sealed class SilentRun : IRunObserver;
}
