using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>What a workflow has to know of a task: how rows become examples, and what predictions mean for the rows.</summary>
public interface ITextTask
{
    /// <summary>Encodes rows, on all processors.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="labelled">Whether the rows must have labels.</param>
    /// <exception cref="InvalidDataException">A row cannot be used; the message names file and line.</exception>
    ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled);
}

/// <summary>Rows of a task as examples.</summary>
public interface ITaskRows
{
    /// <summary>The rows, those left out not counted; question answering has more examples than rows.</summary>
    int RowCount { get; }

    /// <summary>What to know of the scores before reading them; null where there is nothing.</summary>
    string? Note => null;

    /// <summary>The examples; question answering has one for every window of a long context.</summary>
    IReadOnlyList<EncodedExample> Examples { get; }

    /// <summary>How many rows were longer than the longest example and lost their end.</summary>
    int TruncatedRows { get; }

    /// <summary>How many rows were left out because nothing of them would be learnt.</summary>
    int DroppedRows { get; }

    /// <summary>True where the metrics that matter are those of whole answers or entities, which examples alone do not tell.</summary>
    bool HasTextMetrics { get; }

    /// <summary>The metrics of whole answers or entities by name, in the order to show them; shares are in [0, 1].</summary>
    /// <param name="predictions">One for each example.</param>
    /// <exception cref="InvalidOperationException">The task has no such metrics, or the rows were encoded without labels.</exception>
    IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions);

    /// <summary>Each class, label or type of entity by itself, where the evaluator's report is not the one that matters; else null.</summary>
    /// <param name="predictions">One for each example.</param>
    ClassReport? Report(IReadOnlyList<Prediction> predictions) => null;

    /// <summary>What was predicted for each row, as an object to show or to write.</summary>
    /// <param name="predictions">One for each example.</param>
    /// <param name="topK">How many of the likeliest classes to give.</param>
    IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1);
}
