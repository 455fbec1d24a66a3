using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>Counts the batches of one evaluation.</summary>
internal interface ITaskScores
{
    /// <summary>The mean loss over the labels so far; NaN without labels.</summary>
    double Loss { get; }

    /// <summary>Counts a labelled batch.</summary>
    void Add(EvaluationBatch batch);

    /// <summary>The metrics so far; the names are the same whatever was counted.</summary>
    IReadOnlyList<(string Name, double Value)> Metrics();

    /// <summary>Each class by itself; null for tasks without classes.</summary>
    /// <param name="labels">The names of the classes.</param>
    ClassReport? Report(IReadOnlyList<string> labels) => null;
}

/// <summary>The scores of each task.</summary>
internal static class TaskScores
{
    public static ITaskScores Create(BaseModel model) => model.Task switch
    {
        TaskType.SequenceClassification when model.ProblemType == ProblemType.Regression => new RegressionTaskScores(),
        TaskType.SequenceClassification when model.ProblemType == ProblemType.MultiLabel => new MultiLabelTaskScores(model),
        TaskType.SequenceClassification => new ClassScoresOfRows(model.Labels.Count),
        TaskType.TokenClassification => new ClassScoresOfTokens(model.Labels.Count),
        TaskType.QuestionAnswering => new SpanScores(),
        TaskType.CausalLanguageModel => new LanguageModelScores(labelsAhead: 1),
        TaskType.SequenceToSequence => new LanguageModelScores(labelsAhead: 0),
        _ => throw new PeftException($"{model.Task.ToName()} has no loss and no metrics; train it as another task."),
    };
}
