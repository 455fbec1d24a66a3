namespace PeftSharp.Models;

/// <summary>What the labels of sequence classification mean (<c>problem_type</c>).</summary>
public enum ProblemType
{
    /// <summary>Numbers, one a label; the loss is the squared error.</summary>
    Regression,

    /// <summary>One class of several; the loss is the cross-entropy.</summary>
    SingleLabel,

    /// <summary>Any of several labels, each 0 or 1; the loss is the binary cross-entropy of each logit.</summary>
    MultiLabel,
}

/// <summary>The names by which files call them.</summary>
public static class ProblemTypes
{
    /// <summary>The key in config.json.</summary>
    public const string Key = "problem_type";

    private static readonly (ProblemType Type, string Name)[] _names =
    [
        (ProblemType.Regression, "regression"),
        (ProblemType.SingleLabel, "single_label_classification"),
        (ProblemType.MultiLabel, "multi_label_classification"),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => _names.Select(pair => pair.Name);

    /// <summary>The Hugging Face name, such as <c>multi_label_classification</c>.</summary>
    public static string ToName(this ProblemType type) => _names.First(pair => pair.Type == type).Name;

    /// <summary>The one of a Hugging Face name.</summary>
    /// <exception cref="PeftException">The name is not one of <see cref="Names"/>.</exception>
    public static ProblemType Parse(string name)
    {
        foreach ((ProblemType type, string known) in _names)
            if (known == name)
                return type;
        throw new PeftException($"Unknown {Key} '{name}'; it is one of {string.Join(", ", Names)}.");
    }

    /// <summary>What a config says; null where it says nothing.</summary>
    /// <exception cref="PeftException">It says what is not known.</exception>
    internal static ProblemType? Of(ModelConfig config) => config.OptionalText(Key) is { } name
        ? _names.Any(pair => pair.Name == name) ? Parse(name) : throw config.Wrong(Key, $"one of {string.Join(", ", Names)}")
        : null;
}
