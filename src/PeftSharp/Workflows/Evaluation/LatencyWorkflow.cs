using System.Diagnostics;
using PeftSharp.Data;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Workflows.Evaluation;

/// <summary>Times a model on requests that come one by one, as a service gets them: text in, answer out.</summary>
public static class LatencyWorkflow
{
    /// <summary>The first requests are slow (code is compiled, memory fetched) and say nothing.</summary>
    private const int WarmUp = 20;

    /// <summary>Times requests made of the rows of a file, taken evenly from all of it and again where there are too few.</summary>
    /// <param name="model">The model, its adapter as it was saved (not merged).</param>
    /// <param name="data">How to read the file, its columns, and the longest example.</param>
    /// <param name="file">The file.</param>
    /// <param name="requests">How many to time, after a warm-up.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <exception cref="InvalidDataException">A row cannot be used; the message names file and line.</exception>
    public static Latency Run(LoadedModel model, DataOptions data, string file, int requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(requests);
        Dataset all = Dataset.Load(file, data.Reading, data.Limit);
        data = ColumnFinder.Fill(model.Pretrained.Model.Task, model.Pretrained.Model.ProblemType, data, all, model.WritesChats);
        IReadOnlyList<DataRow> rows = UsableRows.Of(
            all, RowChecks.Of(model.Pretrained.Model.Task, model.Pretrained.Model.ProblemType, data, labelled: false), data.OnBadRow).Rows;
        using SingleRequest request = SingleRequest.Of(model, data);
        List<double> milliseconds = new(requests);
        for (int i = -Math.Min(WarmUp, requests); i < requests; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DataRow row = rows[RowOf(i + WarmUp, requests, rows.Count)];
            long start = Stopwatch.GetTimestamp();
            request.Answer(row);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (i >= 0)
                milliseconds.Add(elapsed);
        }
        return Latency.Of(milliseconds);
    }

    /// <summary>Files are often sorted by class, and classes have texts of unlike length.</summary>
    private static int RowOf(int request, int requests, int rows) =>
        requests >= rows ? request % rows : (int)((long)request * rows / requests % rows);
}
