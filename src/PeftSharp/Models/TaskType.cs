namespace PeftSharp.Models;

/// <summary>What the model is asked for, by Hugging Face PEFT's names.</summary>
public enum TaskType
{
    /// <summary>Hidden states, no head (<c>FEATURE_EXTRACTION</c>).</summary>
    FeatureExtraction,

    /// <summary>One label for the whole text (<c>SEQ_CLS</c>).</summary>
    SequenceClassification,

    /// <summary>One label for each token (<c>TOKEN_CLS</c>).</summary>
    TokenClassification,

    /// <summary>The start and end of an answer (<c>QUESTION_ANS</c>).</summary>
    QuestionAnswering,

    /// <summary>The next token (<c>CAUSAL_LM</c>).</summary>
    CausalLanguageModel,

    /// <summary>A text written for another one by an encoder-decoder (<c>SEQ_2_SEQ_LM</c>).</summary>
    SequenceToSequence,
}

/// <summary>The names by which files and flags call the tasks.</summary>
public static class TaskTypes
{
    private static readonly (TaskType Task, string Name)[] _names =
    [
        (TaskType.FeatureExtraction, "FEATURE_EXTRACTION"),
        (TaskType.SequenceClassification, "SEQ_CLS"),
        (TaskType.TokenClassification, "TOKEN_CLS"),
        (TaskType.QuestionAnswering, "QUESTION_ANS"),
        (TaskType.CausalLanguageModel, "CAUSAL_LM"),
        (TaskType.SequenceToSequence, "SEQ_2_SEQ_LM"),
    ];

    /// <summary>All names, as written in <c>task_type</c>.</summary>
    public static IEnumerable<string> Names => _names.Select(pair => pair.Name);

    /// <summary>The Hugging Face name, such as <c>SEQ_CLS</c>.</summary>
    public static string ToName(this TaskType task) => _names.First(pair => pair.Task == task).Name;

    /// <summary>The task of a Hugging Face name.</summary>
    /// <exception cref="PeftException">The name is not one of <see cref="Names"/>.</exception>
    public static TaskType Parse(string name)
    {
        foreach ((TaskType task, string known) in _names)
            if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
                return task;
        throw new PeftException($"Unknown task_type '{name}'; it is one of {string.Join(", ", Names)}.");
    }
}
