using System.Text.Json.Nodes;
using PeftSharp.Data;
using PeftSharp.Training;

namespace PeftSharp.Workflows.Tasks;

/// <summary>A row of a task that learns to write text.</summary>
/// <param name="Example">The row, encoded.</param>
/// <param name="Cut">True if it lost its end.</param>
/// <param name="Learns">False if nothing of it would be learnt.</param>
internal sealed record WrittenRow(EncodedExample Example, bool Cut, bool Learns = true);

/// <summary>The rows of such a task: what they say is written, not predicted.</summary>
/// <param name="rows">All of them; those of which nothing is learnt are left out.</param>
/// <param name="instead">What to say to who asks for predictions.</param>
internal sealed class WrittenRows(IReadOnlyList<WrittenRow> rows, string instead) : ITaskRows
{
    public int RowCount => Examples.Count;

    public IReadOnlyList<EncodedExample> Examples { get; } = [.. rows.Where(row => row.Learns).Select(row => row.Example)];

    public int TruncatedRows { get; } = rows.Count(row => row.Cut);

    public int DroppedRows { get; } = rows.Count(row => !row.Learns);

    public bool HasTextMetrics => false;

    public IReadOnlyDictionary<string, double> TextMetrics(IReadOnlyList<Prediction> predictions) =>
        throw new InvalidOperationException("The evaluator's metrics say it all.");

    public IEnumerable<JsonObject> Answers(IReadOnlyList<Prediction> predictions, int topK = 1) => throw new PeftException(instead);
}
