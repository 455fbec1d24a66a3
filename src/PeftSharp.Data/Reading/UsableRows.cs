using System.Globalization;

namespace PeftSharp.Data;

/// <summary>The rows of a file that can be used, and what was wrong with the others.</summary>
/// <param name="Rows">Those that can be used, in order.</param>
/// <param name="Bad">The numbers of the others in the file, from 0.</param>
/// <param name="Report">How many were left out and where; null where none was.</param>
public sealed record UsableRows(IReadOnlyList<DataRow> Rows, IReadOnlySet<int> Bad, string? Report)
{
    private const int LinesShown = 5;

    /// <summary>Checks all rows, so that all faults are told at once.</summary>
    /// <param name="rows">The rows of one file.</param>
    /// <param name="check">Throws where a row cannot be used; see <see cref="RowFault"/>.</param>
    /// <param name="policy">What to do with bad rows.</param>
    /// <exception cref="InvalidDataException">There are bad rows and the policy is to stop; no row is good; or the file itself is at fault.</exception>
    public static UsableRows Of(IReadOnlyList<DataRow> rows, Action<DataRow> check, OnBadRow policy)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(check);
        List<(int Index, string Kind, InvalidDataException Error)> faults = [];
        for (int i = 0; i < rows.Count; i++)
        {
            try
            {
                check(rows[i]);
            }
            catch (InvalidDataException error) when (RowFault.KindOf(error) is { } kind)
            {
                faults.Add((i, kind, error));
            }
        }
        if (faults.Count == 0)
            return new(rows, new HashSet<int>(), null);
        // Where no row is good the fault is the file's: a column that is not there, another format.
        if (faults.Count == rows.Count)
            throw faults[0].Error;
        IEnumerable<string> kinds = faults.GroupBy(fault => fault.Kind, StringComparer.Ordinal).Select(kind => $"{kind.Key} in {Count(kind.Count())} ({Lines([.. kind.Select(fault => rows[fault.Index].Place)])})");
        string found = $"{Count(faults.Count)} of {Count(rows.Count)} rows ";
        string where = string.Join(", ", kinds);
        HashSet<int> bad = [.. faults.Select(fault => fault.Index)];
        return policy == OnBadRow.Skip
            ? new([.. rows.Where((_, i) => !bad.Contains(i))], bad, $"{rows[0].Place.File}: {found}{(faults.Count == 1 ? "was" : "were")} left out: {where}.")
            : throw new InvalidDataException(
                $"{rows[0].Place.File}: {found}cannot be used: {where}. Mend them, or leave them out with on_bad_row: skip (--on_bad_row skip). The first: {faults[0].Error.Message}", faults[0].Error);
    }

    private static string Lines(RowPlace[] places) =>
        $"line{(places.Length == 1 ? "" : "s")} {string.Join(", ", places.Take(LinesShown).Select(place => place.Line.ToString(CultureInfo.InvariantCulture)))}{(places.Length > LinesShown ? ", …" : "")}";

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
