using System.Diagnostics;
using PeftSharp.Adapters;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Native;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>One run of a <see cref="Trainer"/>: the loop over steps, and what is due after each.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly PeftModel _model;
    private readonly Adapter _adapter;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly TrainingPlan _plan;
    private readonly AdamWOptimizer _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly StepRunner _runner;
    private readonly CheckpointStore _store;
    private readonly BestModel _best;
    private readonly RunLog _log;
    private readonly long _start = Stopwatch.GetTimestamp();
    private TrainingState _state = new();
    private EvaluationResult? _lastEvaluation;
    private double _secondsBefore;
    private bool _gradientsChecked;

    /// <remarks>Whoever makes the pass holds the model for as long as the run goes.</remarks>
    public TrainingRun(
        PeftModel model, Adapter adapter, Pass pass, TrainingData data, TrainingOptions options, ITrainingObserver observer, TrainingPlan plan)
    {
        _model = model;
        _adapter = adapter;
        _data = data;
        _options = options;
        _plan = plan;
        _log = new RunLog(observer, options.LoggingSteps, plan);
        _schedule = new LearningRateSchedule(options.Schedule, plan.TotalSteps);
        // May refuse the options; the runner's threads begin after it.
        _optimizer = new AdamWOptimizer(adapter, model.Base, options.Optimizer);
        _runner = new StepRunner(model, adapter, data, options, pass);
        _store = new CheckpointStore(options.Checkpoints);
        _best = new BestModel(options.Evaluation);
    }

    public TrainingResult Run(CancellationToken cancellation)
    {
        Begin();
        if (_state.EvaluationDue && !cancellation.IsCancellationRequested && !Evaluate(cancellation))
            _state.EvaluationDue = true;
        while (_state.Step < _plan.TotalSteps && !_best.IsOutOfPatience(_state) && !cancellation.IsCancellationRequested)
        {
            TakeStep();
            AfterStep(cancellation);
        }
        bool finished = (_state.Step >= _plan.TotalSteps || _best.IsOutOfPatience(_state)) && !_state.EvaluationDue;
        return End(stopped: !finished);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _runner.Dispose();
    }

    private void Begin()
    {
        CheckpointOptions checkpoints = _options.Checkpoints;
        if (checkpoints.Strategy != IntervalStrategy.No || _options.Evaluation.LoadBestAtEnd)
            _store.Prepare();
        RunFingerprint fingerprint = RunFingerprint.Of(_model, _adapter, _data, _options, _plan.TotalSteps);
        string? warning = _adapter.Hook?.Begin(_plan.TotalSteps);
        string? from = checkpoints.ResumeFrom is { } resume ? _store.Find(resume) : null;
        IReadOnlyList<string> changes = [];
        if (from is not null)
        {
            _state = TrainingState.Load(from);
            changes = Resuming.Check(from, _state, fingerprint);
            _secondsBefore = _state.Whole.Seconds;
            _store.Load(from, _state.Step, _adapter, _optimizer);
        }
        _state.Fingerprint = fingerprint;
        (string? frozen, string? refusal) = CacheFrozenLayers();
        _log.Begin(_state, new TrainingStart(
            _plan.TotalSteps, _plan.EpochAfter(_plan.TotalSteps), _plan.StepsPerEpoch, _data.Train.Count, _adapter.TrainableCount, _state.Step, from) { FrozenLayers = frozen });
        foreach (string text in StartWarnings.Of(_model, _data, _options, _plan, _state, from is null ? _store.Steps() : [], changes))
            _log.Warn(text);
        foreach (string? text in (string?[])[warning, refusal])
            if (text is not null)
                _log.Warn(text);
    }

    /// <summary>Caches the lowest layers where this is wished and possible; says what is done, or why not.</summary>
    private (string? Done, string? Refusal) CacheFrozenLayers()
    {
        if (!_options.Memory.CacheFrozenLayers)
            return default;
        BaseModel model = _model.Base;
        string? refusal = FrozenLayersPlan.Refusal(model, _runner.Pass, _data.Padding, _plan.EpochAfter(_plan.TotalSteps - _state.Step));
        FrozenLayersPlan? plan = refusal is null ? FrozenLayersPlan.Of(model.UntouchedLayers(_runner.Pass), model, _data.Train, _options.Memory) : null;
        if (plan is { Examples: 0 })
            refusal = "frozen_cache_mb has no room for one example";
        if (plan is null || refusal is not null)
            return (null, $"cache_frozen_layers does nothing here: {refusal}.");
        _runner.Use(new FrozenLayerCache(model, plan, _data));
        return (plan.Describe(model.Attention.Layers, _data.Train.Count), null);
    }

    private void TakeStep()
    {
        MemoryUse before = MemoryUse.Read();
        long start = Stopwatch.GetTimestamp(), step = _state.Step;
        IReadOnlyList<int[]> parts = _plan[step];
        using var scope = NewDisposeScope();
        try
        {
            _adapter.Hook?.BeforeStep();
            StepOutcome outcome = _runner.Run(step, parts, (part, loss) => NotFinite($"The loss is {loss}", step, parts, part));
            double factor = _schedule.Factor(step), norm = 0;
            if (outcome.Labels > 0)
            {
                GradientSet gradients = _optimizer.Gradients();
                norm = gradients.NormaliseAndClip(outcome.Labels, _options.Optimizer.MaxGradNorm);
                if (!double.IsFinite(norm))
                    throw NotFinite($"The norm of the gradients is {norm}", step, parts, part: null);
                CheckGradients(gradients);
                _optimizer.Step(gradients, factor);
                _adapter.Hook?.AfterStep(step);
            }
            _state.Step++;
            _log.Step(_state, outcome, _options.Optimizer.LearningRate * factor, norm, Stopwatch.GetElapsedTime(start).TotalSeconds, before);
        }
        finally
        {
            _optimizer.ClearGradients();
        }
    }

    private void AfterStep(CancellationToken cancellation)
    {
        bool isBest = false;
        if (IsDue(_options.Evaluation.Strategy, _options.EvaluationSteps, atEnd: false))
            _state.EvaluationDue = !Evaluate(cancellation, out isBest);
        CheckpointOptions checkpoints = _options.Checkpoints;
        if ((isBest && _options.Evaluation.LoadBestAtEnd) || IsDue(checkpoints.Strategy, checkpoints.Steps, atEnd: true))
            Save();
        else if (checkpoints.Strategy != IntervalStrategy.No && cancellation.IsCancellationRequested && (_state.Step < _plan.TotalSteps || _state.EvaluationDue))
            Save();
    }

    private bool Evaluate(CancellationToken cancellation) => Evaluate(cancellation, out _);

    /// <summary>Evaluates; false if cancelled before the end of it.</summary>
    private bool Evaluate(CancellationToken cancellation, out bool isBest)
    {
        isBest = false;
        if (cancellation.IsCancellationRequested)
            return false;
        _log.Evaluating(_state.Step);
        // Threads keep what they free for themselves: what the lanes keep is of no use here, nor this thread's to them.
        MallocTuning.Trim();
        try
        {
            _lastEvaluation = Evaluator.Evaluate(
                _model, Composition.Of(_adapter.Name), _data.Evaluation!, _options.Batches.EvaluationSize, _data.PaddingId, _data.Padding, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            MallocTuning.Trim();
        }
        _state.EvaluationDue = false;
        isBest = _best.Judge(_state, _lastEvaluation);
        _log.Evaluated(_state, _lastEvaluation, isBest);
        return true;
    }

    private void Save()
    {
        _state.Whole.Seconds = _secondsBefore + Stopwatch.GetElapsedTime(_start).TotalSeconds;
        string path = _store.Write(_state, _plan.EpochAfter(_state.Step), _plan.TotalSteps, _model, _adapter, _optimizer);
        _log.CheckpointWritten(_state.Step, path);
    }

    private TrainingResult End(bool stopped)
    {
        bool loaded = false;
        if (!stopped)
            _adapter.Hook?.End();
        if (!stopped && _options.Evaluation.LoadBestAtEnd && _state.BestStep is { } best)
        {
            string path = _store.PathOf(best);
            loaded = Directory.Exists(path);
            if (loaded)
                CheckpointStore.LoadWeights(path, _adapter);
            else
                _log.Warn($"The best checkpoint {path} is gone; the adapter keeps the weights of the last step.");
        }
        TrainingResult result = new()
        {
            Stopped = stopped,
            StoppedEarly = !stopped && _state.Step < _plan.TotalSteps,
            Checkpoint = _store.Last,
            Steps = _state.Step,
            Epochs = _plan.EpochAfter(_state.Step),
            TrainLoss = _state.Whole.MeanLoss,
            Tokens = _state.Whole.Tokens,
            Seconds = _secondsBefore + Stopwatch.GetElapsedTime(_start).TotalSeconds,
            LastEvaluation = _lastEvaluation,
            BestMetric = _state.BestMetric,
            BestStep = _state.BestStep,
            BestLoaded = loaded,
        };
        _log.Finished(result);
        return result;
    }

    private bool IsDue(IntervalStrategy strategy, int steps, bool atEnd) => strategy switch
    {
        IntervalStrategy.Steps => _state.Step % steps == 0 || (atEnd && _state.Step == _plan.TotalSteps),
        IntervalStrategy.Epoch => _state.Step % _plan.StepsPerEpoch == 0 || _state.Step == _plan.TotalSteps,
        _ => false,
    };

    /// <summary>A tensor that trains and is not used gets no gradient: said after the first step.</summary>
    private void CheckGradients(GradientSet gradients)
    {
        if (_gradientsChecked)
            return;
        _gradientsChecked = true;
        IReadOnlyList<string> without = _optimizer.Without(gradients);
        if (without.Count > 0)
            _log.Warn(
                $"{without.Count} of {_adapter.Trainable.Count} trainable parameters got no gradient and stay as they are: {string.Join(", ", without.Take(3))}{(without.Count > 3 ? ", …" : "")}.");
    }

    private TrainingException NotFinite(string what, long step, IReadOnlyList<int[]> parts, int? part)
    {
        int[] examples = part is { } one ? parts[one] : [.. parts.SelectMany(rows => rows)];
        string where = part is { } number && parts.Count > 1 ? $", micro-batch {number + 1} of {parts.Count}" : "";
        string shown = string.Join(", ", examples.Take(16)) + (examples.Length > 16 ? ", …" : "");
        string checkpoint = _store.Last is { } last ? $"The last checkpoint is {last}." : "No checkpoint was written.";
        return new TrainingException(
            $"{what} at step {step + 1} of {_plan.TotalSteps}{where} (training examples {shown}); training stops. Lower learning_rate, set max_grad_norm, or look at these examples. {checkpoint}",
            step + 1, examples, _store.Last);
    }
}
