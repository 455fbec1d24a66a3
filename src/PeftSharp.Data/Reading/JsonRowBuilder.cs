using System.Text.Json;

namespace PeftSharp.Data;

/// <summary>Turns one JSON object into a row; rows with the same keys share their <see cref="ColumnSet"/>.</summary>
internal sealed class JsonRowBuilder
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };
    private ColumnSet? _columns;

    public DataRow Row(RowPlace place, string json) => Row(place, () => JsonDocument.Parse(json, Options));

    public DataRow Row(RowPlace place, ReadOnlyMemory<byte> json) => Row(place, () => JsonDocument.Parse(json, Options));

    private DataRow Row(RowPlace place, Func<JsonDocument> parse)
    {
        try
        {
            using JsonDocument document = parse();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw place.Error($"a row must be a JSON object, {{\"column\": value, ...}}, but this is {DataValue.From(document.RootElement).Describe()}.");
            JsonProperty[] members = [.. document.RootElement.EnumerateObject()];
            return new DataRow(place, Columns(members), [.. members.Select(m => DataValue.From(m.Value))]);
        }
        catch (JsonException bad)
        {
            throw place.Error(Explain(bad), bad);
        }
        catch (InvalidOperationException bad)
        {
            // System.Text.Json leaves "\ud800" alone until the string is asked for.
            throw place.Error("a string has half a surrogate pair (\\ud800 to \\udfff), which is no character.", bad);
        }
    }

    /// <summary>The reason without the line number, which would count from the start of the row.</summary>
    public static string Explain(JsonException bad)
    {
        string reason = bad.Message;
        int cut = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return "not valid JSON: " + (cut > 0 ? reason[..cut] : reason);
    }

    private ColumnSet Columns(JsonProperty[] members)
    {
        bool same = _columns is not null && _columns.Names.Length == members.Length;
        for (int i = 0; same && i < members.Length; i++)
            same = members[i].NameEquals(_columns!.Names[i]);
        return same ? _columns! : _columns = new([.. members.Select(m => m.Name)]);
    }
}
