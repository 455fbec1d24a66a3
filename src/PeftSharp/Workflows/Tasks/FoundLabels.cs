using System.Globalization;
using PeftSharp.Data;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Tasks;

/// <summary>The labels that training rows have, in their order, and what is odd about them.</summary>
internal sealed class FoundLabels(IReadOnlyList<string> labels, string column, IReadOnlyList<DataRow> rows, DataOptions data)
{
    private readonly Dictionary<string, int> _counts = labels.CountBy(label => label, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    /// <summary>Refuses rows that all have one label: there is nothing to tell apart.</summary>
    /// <exception cref="ConfigException">They do.</exception>
    public void RequireSeveral()
    {
        if (_counts.Count == 1)
            throw new ConfigException(
                $"data: {OneClass()}, and with one class there is nothing to learn. {SortedAdvice} "
                + $"If there are other classes, list them all in labels (--labels {_counts.Keys.Single()},...); for a regression give one name, labels: [score].");
    }

    /// <summary>What to warn of.</summary>
    /// <param name="listed">Whether the classes are known from elsewhere than these rows.</param>
    public IReadOnlyList<string> Notes(bool listed)
    {
        List<string> notes = [];
        if (_counts.Count == 1)
            notes.Add($"{OneClass()}. {SortedAdvice}");
        else if (IsSorted && data.Limit == rows.Count)
            notes.Add($"{rows[0].Place.File}: the first {Count(rows.Count)} rows are sorted by column \"{column}\" and limit reads only them: {_counts.Count} classes. Shuffle the file.");
        if (!listed)
            notes.AddRange(NearDuplicates());
        return notes;
    }

    /// <summary>Labels that differ by case or blanks alone.</summary>
    public IReadOnlyList<string> NearDuplicates() =>
        [.. _counts.Keys.GroupBy(Simplified, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(
                group => $"column \"{column}\": the labels {string.Join(", ", group.Order(StringComparer.Ordinal).Select(label => $"\"{label}\" ({Count(_counts[label])})"))} differ by case or blanks alone and are classes of their own; mend the file if they are one.")];

    private string SortedAdvice =>
        data.Limit is { } limit ? $"The file may be sorted by label, of which limit: {limit} reads only the beginning: shuffle it, or read more." : "Is the column the right one?";

    private bool IsSorted => labels.Count == rows.Count && 1 + labels.Zip(labels.Skip(1)).Count(pair => pair.First != pair.Second) == _counts.Count;

    private string OneClass() =>
        $"all {Count(labels.Count)} labels of {rows[0].Place.File}, column \"{column}\", are \"{_counts.Keys.Single()}\"";

    private static string Simplified(string label) =>
        string.Join(' ', label.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
