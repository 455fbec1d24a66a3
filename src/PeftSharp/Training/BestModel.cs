namespace PeftSharp.Training;

/// <summary>Judges evaluations by the metric for the best model.</summary>
internal sealed class BestModel(EvaluationOptions options)
{
    private readonly string _metric = options.BestMetricName;
    private readonly bool _greater = options.GreaterIsBetter ?? Evaluator.IsGreaterBetter(options.BestMetricName);

    /// <summary>Notes an evaluation in the state; true if it is better than all before. A NaN is never better.</summary>
    public bool Judge(TrainingState state, EvaluationResult result)
    {
        double value = result[_metric];
        bool better = !double.IsNaN(value)
            && (state.BestMetric is not { } best || (_greater ? value > best : value < best));
        if (better)
        {
            state.BestMetric = value;
            state.BestStep = state.Step;
        }
        state.EvaluationsWithoutBest = better ? 0 : state.EvaluationsWithoutBest + 1;
        return better;
    }

    /// <summary>True if <c>early_stopping_patience</c> evaluations in a row were no better.</summary>
    public bool IsOutOfPatience(TrainingState state) => options.Patience is { } patience && state.EvaluationsWithoutBest >= patience;
}
