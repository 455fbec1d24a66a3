using System.Text.Json;

namespace PeftSharp.Data;

/// <summary>
/// The names of classes that a data set's own description gives: <c>dataset_info.json</c> (or the older
/// <c>dataset_infos.json</c>) beside a file, as Hugging Face's <c>datasets</c> writes it.
/// </summary>
public static class FeatureNames
{
    private const long LargestFile = 16 << 20;

    private static readonly string[] _files = ["dataset_info.json", "dataset_infos.json"];

    /// <summary>The names of a column's classes by number, or null where nothing beside the file tells them.</summary>
    /// <param name="dataFile">The file of rows.</param>
    /// <param name="column">The column.</param>
    /// <exception cref="InvalidDataException">The description is no JSON, or has several lists of names for the column.</exception>
    public static IReadOnlyList<string>? Of(string dataFile, string column)
    {
        ArgumentNullException.ThrowIfNull(dataFile);
        string folder = Path.GetDirectoryName(Path.GetFullPath(dataFile)) ?? ".";
        string? path = _files.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (path is null)
            return null;
        if (new FileInfo(path).Length > LargestFile)
            throw new InvalidDataException($"{path} is larger than {LargestFile >> 20} MiB, too large for a description of a data set.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            List<string[]> found = [];
            // One description, or one for each configuration of the data set.
            AddFeature(document.RootElement, column, found);
            if (found.Count == 0 && document.RootElement.ValueKind == JsonValueKind.Object)
                foreach (JsonProperty part in document.RootElement.EnumerateObject())
                    AddFeature(part.Value, column, found);
            string[][] distinct = [.. found.DistinctBy(names => string.Join('\n', names), StringComparer.Ordinal)];
            return distinct.Length <= 1
                ? distinct.FirstOrDefault()
                : throw new InvalidDataException($"{path} has {distinct.Length} lists of names for the column \"{column}\"; give the right one as labels.");
        }
        catch (JsonException bad)
        {
            throw new InvalidDataException($"{path}: {JsonRowBuilder.Explain(bad)}", bad);
        }
        catch (InvalidOperationException bad)
        {
            throw new InvalidDataException($"{path}: a string has half a surrogate pair, which is no character.", bad);
        }
    }

    private static void AddFeature(JsonElement info, string column, List<string[]> found)
    {
        if (info.ValueKind == JsonValueKind.Object && info.TryGetProperty("features", out JsonElement features)
            && features.ValueKind == JsonValueKind.Object && features.TryGetProperty(column, out JsonElement feature)
            && NamesIn(feature) is { } names)
            found.Add(names);
    }

    /// <summary>A ClassLabel's names; those of the items where the feature is a list.</summary>
    private static string[]? NamesIn(JsonElement feature)
    {
        if (feature.ValueKind == JsonValueKind.Array)
            return feature.GetArrayLength() == 1 ? NamesIn(feature[0]) : null;
        if (feature.ValueKind != JsonValueKind.Object)
            return null;
        if (feature.TryGetProperty("names", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String))
            return [.. names.EnumerateArray().Select(name => name.GetString()!)];
        return feature.TryGetProperty("feature", out JsonElement item) ? NamesIn(item) : null;
    }
}
