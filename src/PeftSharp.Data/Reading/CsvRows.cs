using System.Text.Unicode;
using CsvHelper;

namespace PeftSharp.Data;

/// <summary>RFC 4180 by CsvHelper; this adds strict UTF-8 and errors that say what to do.</summary>
internal static class CsvRows
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How.</param>
    /// <param name="separator">Between fields, where the options name none.</param>
    public static IEnumerable<DataRow> Read(string path, ReadOptions options, char separator = ',')
    {
        TableRows table = new(path, options);
        using Stream file = Utf8Lines.Open(path);
        using CsvReader reader = CsvReader.Create(file, Options(options, separator), leaveOpen: true);
        while (Next(reader, path))
            if (Row(reader, table, path) is { } row)
                yield return row;
        table.RequireRows();
    }

    private static CsvReaderOptions Options(ReadOptions options, char separator) => new()
    {
        Separator = options.Delimiter ?? separator,
        HasHeader = false,
        DetectSeparatorHint = false,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        MaxRecordSize = Utf8Lines.LongestLine,
    };

    private static bool Next(CsvReader reader, string path)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException bad)
        {
            throw new RowPlace(path, bad.LineNumber).Error(Explain(bad), bad);
        }
    }

    private static string Explain(CsvFormatException bad)
    {
        if (bad.Message.Contains(nameof(CsvReaderOptions.MaxRecordSize), StringComparison.Ordinal))
            return $"the row is longer than {Utf8Lines.LongestLine >> 20} MiB; is a quoted field never closed?";
        // "Malformed CSV in record 2 (line 2): REASON" repeats what the place says.
        int reason = bad.Message.IndexOf("): ", StringComparison.Ordinal);
        return $"not CSV as RFC 4180 has it: {(reason < 0 ? bad.Message : bad.Message[(reason + 3)..])} "
            + "Inside a quoted field a quotation mark is written \"\"; a file without quoting is `format: tsv`, with `delimiter` if not a tab.";
    }

    private static DataRow? Row(CsvReader reader, TableRows table, string path)
    {
        RowPlace place = new(path, reader.LineNumber);
        if (!Utf8.IsValid(reader.RawRecord))
            Utf8Lines.Decode(reader.RawRecord, place);
        var fields = new string[reader.FieldCount];
        for (int i = 0; i < fields.Length; i++)
            fields[i] = Utf8Lines.Decode(reader.GetSpan(i), place);
        return table.Accept(place, fields);
    }
}
