using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Tensors;
using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Runs;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Workflows.Benchmarking;

/// <summary>
/// Measures the training steps of a configuration against what the machine's matrix units can do. Nothing is written.
/// </summary>
/// <example><code>
/// BenchReport report = BenchWorkflow.Run(RunConfig.Load("run.yaml", []));
/// Console.WriteLine($"{report.TokensPerSecond:N0} tokens/s, {report.ShareOfFloor:P0} of the floor");
/// </code></example>
public static class BenchWorkflow
{
    /// <summary>Steps that are taken first and not measured: memory is mapped and code compiled in them.</summary>
    public const int WarmUp = 5;

    /// <summary>Measures.</summary>
    /// <param name="config">What to train; its evaluations and checkpoints are left out.</param>
    /// <param name="steps">How many steps to measure.</param>
    /// <param name="observer">Is told what happens; null tells nobody.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ConfigException">The configuration does not fit the model or the data.</exception>
    /// <exception cref="PeftException">The parts do not fit each other.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static BenchReport Run(RunConfig config, int steps = 20, IRunObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        observer ??= new Silent();
        config = config with { Data = config.Data with { Eval = null, Test = null } };
        RunData data = RunData.Load(config, observer);
        using PretrainedModel pretrained = TrainWorkflow.LoadBase(config, data, observer);
        using PeftModel model = pretrained.Attach(config.Peft, seed: config.Training.Seed);
        data.Encode(TextTasks.Create(pretrained, data.Options, model), observer);
        TrainingOptions options = config.Training with
        {
            Bf16 = pretrained.Model.Dtype == TorchSharp.torch.ScalarType.BFloat16,
            Duration = new() { MaxSteps = WarmUp + steps },
            Evaluation = new(),
            Checkpoints = new() { Strategy = IntervalStrategy.No },
        };
        observer.Stage("measuring products");
        ProductRates before = ProductRates.Measure(pretrained.Model.Dtype, pretrained.Model.Compute);
        Clock clock = new();
        observer.Stage($"training {steps} steps");
        try
        {
            new Trainer(model, data.ForTraining(pretrained.PaddingId), options, new CompositeObserver(observer, clock)).Train(cancellationToken);
        }
        finally
        {
            KernelClock.IsOn = false;
        }
        cancellationToken.ThrowIfCancellationRequested();
        ProductRates after = ProductRates.Measure(pretrained.Model.Dtype, pretrained.Model.Compute);
        return clock.Report(Dtypes.NameOf(pretrained.Model.Dtype), config.Compute, before.Best > after.Best ? before : after);
    }

    /// <summary>Measures from the end of the warm-up on.</summary>
    private sealed class Clock : ITrainingObserver
    {
        private readonly List<StepReport> _steps = [];

        public void Step(StepReport report)
        {
            if (report.Step == WarmUp)
            {
                KernelClock.Take();
                KernelClock.IsOn = true;
            }
            if (report.Step > WarmUp)
                _steps.Add(report);
        }

        public BenchReport Report(string dtype, string compute, ProductRates rates)
        {
            KernelClock.Totals totals = KernelClock.Take();
            double count = _steps.Count, seconds = _steps.Sum(step => step.Seconds) / count;
            List<KernelTime> kernels =
            [
                .. totals.Kernels.Select(pair => new KernelTime(pair.Key, pair.Value.Seconds / count, pair.Value.Calls / count))
                    .OrderByDescending(kernel => kernel.Seconds),
            ];
            kernels.Add(new("everything else", seconds - kernels.Sum(kernel => kernel.Seconds), 1));
            return new BenchReport(
                dtype, compute, rates, _steps.Count, _steps.Average(step => step.Tokens), seconds, totals.FrozenOperations / count, kernels, PeakMemory.Read(),
                _steps.Average(step => step.PageFaults));
        }
    }

    private sealed class Silent : IRunObserver;
}
