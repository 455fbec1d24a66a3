using System.Diagnostics;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Native;
using PeftSharp.Text;
using PeftSharp.Training;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Evaluation;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Tasks;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Runs;

/// <summary>
/// A training run from its configuration to its adapter: reads and encodes the data, loads the base, trains, evaluates, and
/// saves. Everything is checked before the first file is written.
/// </summary>
/// <example><code>
/// RunReport report = TrainWorkflow.Run(RunConfig.Load("run.yaml", []));
/// Console.WriteLine($"{report.AdapterFolder}: accuracy {report.Test!["accuracy"]:P1}");
/// </code></example>
public static class TrainWorkflow
{
    /// <summary>Runs.</summary>
    /// <param name="config">What to do.</param>
    /// <param name="observer">Is told what happens; null tells nobody.</param>
    /// <param name="measureBefore">Whether to score <c>data.test</c> before training too.</param>
    /// <param name="cancellationToken">When cancelled, a checkpoint is written and the report says where.</param>
    /// <exception cref="ConfigException">The configuration does not fit the model or the data.</exception>
    /// <exception cref="InvalidDataException">A row or a file cannot be read; the message says where.</exception>
    /// <exception cref="PeftException">The parts do not fit each other, or the loss is no number.</exception>
    public static RunReport Run(
        RunConfig config, IRunObserver? observer = null, bool measureBefore = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        observer ??= new Silent();
        long start = Stopwatch.GetTimestamp();
        RunData data = RunData.Load(config, observer);
        using PretrainedModel pretrained = LoadBase(config, data, observer);
        using PeftModel model = pretrained.Attach(config.Peft, seed: config.Training.Seed);
        ITextTask task = TextTasks.Create(pretrained, data.Options, model);
        data.Encode(task, observer);
        double preparation = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cancellationToken.ThrowIfCancellationRequested();

        TrainingOptions options = config.Training with { Bf16 = pretrained.Model.Dtype == ScalarType.BFloat16 };
        string folder = options.Checkpoints.OutputDirectory;
        Adapter adapter = model.Find(PeftModel.DefaultAdapter);
        int batch = options.Batches.EvaluationSize;
        Trainer trainer = new(model, data.ForTraining(pretrained.PaddingId), options, new CompositeObserver(observer, new JsonLinesObserver(folder)));
        EvaluationResult? before = measureBefore ? Score(data.Test, "test rows before training") : null;

        // From here on there are files.
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, ModelLocation.ConfigFileName), (config with { Dtype = Dtypes.NameOf(pretrained.Model.Dtype), Task = pretrained.Model.Task, ProblemType = data.Task == TaskType.SequenceClassification ? data.ProblemType : null, Data = data.Options }).ToYaml());
        TrainingResult result = trainer.Train(cancellationToken);
        RunReport report = new()
        {
            Folder = folder,
            Training = result,
            Before = before,
            PreparationSeconds = preparation,
            PeakMemoryBytes = PeakMemory.Read(),
            TrainableCount = adapter.TrainableCount,
            TotalCount = pretrained.Model.ParameterCount + model.Adapters.Values.Sum(each => AddedCount(pretrained.Model, each)),
            AdapterBytes = model.Adapters.Values.Sum(each => each.SavedBytes),
            FullBytes = pretrained.Model.ParameterCount * sizeof(float),
        };
        if (result.Stopped)
            return report;
        string saved = Path.Combine(folder, ModelLocation.AdapterFolderName);
        if (data.Options.TuneThresholds && task is MultiLabelTask multi)
            multi.Thresholds = Tune(data.Evaluation!);
        AtomicFolder.Write(saved, at =>
        {
            SaveAdapter(model, pretrained.Model, at, (task as MultiLabelTask)?.Thresholds);
            if (data.Options.ChatTemplate is not null && task is ChatTask chat)
                AtomicFile.WriteText(Path.Combine(at, TokenizerSettings.ChatTemplateFile), chat.Template.Source);
        });
        return report with
        {
            AdapterFolder = saved,
            Evaluation = Score(data.Evaluation, "evaluation rows"),
            Test = Score(data.Test, "test rows"),
            // After the scoring, which counts too.
            PeakMemoryBytes = PeakMemory.Read(),
        };

        IReadOnlyList<float> Tune(ITaskRows rows)
        {
            observer.Stage($"tuning thresholds on {rows.RowCount:N0} evaluation rows");
            return MultiLabelTask.Tune(
                rows, Predictor.Predict(model, null, rows.Examples, batch, pretrained.PaddingId, cancellationToken: cancellationToken));
        }

        EvaluationResult? Score(ITaskRows? rows, string what)
        {
            if (rows is null)
                return null;
            observer.Stage($"scoring {rows.RowCount:N0} {what}");
            return EvaluateWorkflow.Score(model, pretrained, rows, batch, cancellationToken);
        }
    }

    /// <summary>The base of a run, with the head and the labels that its data ask for.</summary>
    internal static PretrainedModel LoadBase(RunConfig config, RunData data, IRunObserver observer)
    {
        NativeLoader.EnsureLoaded();
        TaskType task = data.Task;
        TrainingLabels labels = TrainingLabels.Of(task, data.ProblemType, data.Options, data.Config, data.TrainRows);
        foreach (string note in labels.Notes)
            observer.Warning(note);
        BaseModelOptions options = new()
        {
            Task = task,
            Labels = labels.Names,
            ProblemType = data.ProblemType,
            Thresholds = data.Options.Threshold is { } threshold && labels.Names is not null ? LabelThresholds.Same((float)threshold, labels.Names.Count) : null,
            Dtype = Dtypes.Parse(config.Dtype, MachineInfo.DTypeFor(CpuFeatures.Current)),
            Compute = ComputeModes.Parse(config.Compute),
            Device = Devices.Parse(config.Device),
            Seed = config.Training.Seed,
        };
        if (DTypeAdvice.For(options) is { } advice)
            observer.Warning(advice);
        observer.Stage($"loading {config.Model}");
        return PretrainedModel.Load(config.Model, options);
    }

    private static void SaveAdapter(PeftModel model, BaseModel backbone, string folder, IReadOnlyList<float>? thresholds)
    {
        model.SaveAdapter(folder);
        if (backbone.Task is TaskType.SequenceClassification or TaskType.TokenClassification)
            LabelFile.Write(folder, backbone.Labels, backbone.ProblemType, thresholds);
    }

    /// <summary>The values that the adapter adds to the model, copies of the base's own not counted.</summary>
    private static long AddedCount(BaseModel model, Adapter adapter)
    {
        HashSet<long> copies = [.. adapter.Replaced.Values.Select(value => (long)value.Handle)];
        return adapter.Trainable.Where(tensor => !copies.Contains((long)tensor.Value.Handle)).Sum(tensor => tensor.Value.numel());
    }

    private sealed class Silent : IRunObserver;
}
