using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>
/// Trains one adapter of a model on encoded examples: AdamW on its trainable tensors, everything else frozen.
/// </summary>
/// <remarks>
/// <para>The same model, data, options and thread count give the same weights, bit for bit, also across
/// <c>resume_from_checkpoint</c> (there not with <see cref="MemoryOptions.CacheFrozenLayers"/>): the order of the data and
/// every dropout mask are functions of (seed, step, micro-batch, half). With two threads or more a micro-batch is computed in
/// two halves side by side.</para>
/// <para>Gradients are divided by the count of all labels of a step, so accumulation equals the full batch.</para>
/// </remarks>
/// <example><code>
/// TrainingResult result = new Trainer(model, new TrainingData(train, test, pretrained.PaddingId), options).Train();
/// model.SaveAdapter("adapter");
/// </code></example>
public sealed class Trainer
{
    private readonly PeftModel _model;
    private readonly Adapter _adapter;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly ITrainingObserver _observer;
    private readonly TrainingPlan _plan;

    /// <summary>Checks everything that can be checked before the first step.</summary>
    /// <param name="model">The model; adapters other than the trained one stay as they are.</param>
    /// <param name="data">The examples.</param>
    /// <param name="options">The settings.</param>
    /// <param name="observer">Is told what happens; null tells nobody.</param>
    /// <param name="adapter">The adapter to train.</param>
    /// <exception cref="PeftException">
    /// The adapter has nothing to train; an option is wrong; an example does not fit the model or its task.
    /// </exception>
    public Trainer(
        PeftModel model, TrainingData data, TrainingOptions options, ITrainingObserver? observer = null,
        string adapter = PeftModel.DefaultAdapter)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _model = model;
        _data = data;
        _options = options;
        // A generator's state and a failure inside the backward are those of the calling thread, which other devices leave.
        if (options.Memory.GradientCheckpointing && model.Base.Device.type != TorchSharp.DeviceType.CPU)
            throw new PeftException($"gradient_checkpointing works on the CPU only, and the model is on {model.Base.Device}; set it to false.");
        _observer = observer ?? new CompositeObserver();
        _adapter = model.Find(adapter);
        if (_adapter.TrainableCount == 0)
            throw new PeftException($"The adapter '{adapter}' has no trainable parameter; check target_modules, modules_to_save and layers_to_transform.");
        RequireData();
        _plan = new TrainingPlan(data.Train, options);
        if (_plan.StepsPerEpoch == 0)
            throw new PeftException(
                $"dataloader_drop_last leaves no batch: there are {data.Train.Count} training examples and per_device_train_batch_size is {options.Batches.TrainSize}.");
    }

    /// <summary>Optimizer steps of the whole run.</summary>
    public long TotalSteps => _plan.TotalSteps;

    /// <summary>Trains to the end, or until cancelled.</summary>
    /// <param name="cancellationToken">
    /// When cancelled, the step that runs is finished and, unless <c>save_strategy</c> is no, a checkpoint written; the result says where.
    /// </param>
    /// <exception cref="TrainingException">The loss or a gradient is no finite number; checkpoints stay.</exception>
    /// <exception cref="PeftException">The checkpoint to resume from is that of another run.</exception>
    /// <exception cref="IOException">A checkpoint cannot be read or written.</exception>
    public TrainingResult Train(CancellationToken cancellationToken = default)
    {
        // The graph of a step refers to tensors of base and adapters, which may not go before it does.
        using AdapterHold hold = _model.Hold();
        Pass pass = hold.Pass(Composition.Of(_adapter.Name), training: true, _options.Memory.GradientCheckpointing);
        using TrainingRun run = new(_model, _adapter, pass, _data, _options, _observer, _plan);
        return run.Run(cancellationToken);
    }

    private void RequireData()
    {
        if (_data.Train.Count == 0)
            throw new PeftException("There are no training examples.");
        int virtualTokens = _model.Base.PositionsTaken(_model.Pass(Composition.Of(_adapter.Name)));
        ExampleChecks.Require(_model.Base, _data.Train, "training", virtualTokens);
        EvaluationOptions evaluation = _options.Evaluation;
        if (evaluation.Strategy == IntervalStrategy.No)
            return;
        if (_data.Evaluation is not { Count: > 0 } examples)
            throw new PeftException("eval_strategy asks for evaluations and there are no evaluation examples: give some, or set eval_strategy to no.");
        ExampleChecks.Require(_model.Base, examples, "evaluation", virtualTokens);
        IReadOnlyList<string> metrics = Evaluator.MetricNames(_model.Base);
        if (!metrics.Contains(evaluation.BestMetricName))
            throw new PeftException(
                $"metric_for_best_model: there is no metric '{evaluation.BestMetric}'{NearestName.Suggestion(evaluation.BestMetricName, metrics)}; it is one of {string.Join(", ", metrics)}.");
    }
}
