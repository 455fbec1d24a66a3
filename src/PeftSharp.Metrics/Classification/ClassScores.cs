namespace PeftSharp.Metrics;

/// <summary>Precision, recall and their harmonic mean, each in [0, 1].</summary>
/// <param name="Precision">Right predictions among the predictions.</param>
/// <param name="Recall">Right predictions among the actual cases.</param>
/// <param name="F1">2·tp / (2·tp + fp + fn).</param>
public readonly record struct ClassScores(double Precision, double Recall, double F1);

/// <summary>How the scores of several classes become one, named as scikit-learn names them.</summary>
public enum Averaging
{
    /// <summary>From the counts of all classes together.</summary>
    Micro,

    /// <summary>The plain mean over the classes.</summary>
    Macro,

    /// <summary>The mean weighted by the number of actual cases of each class.</summary>
    Weighted,
}
