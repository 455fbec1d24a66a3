using System.Globalization;
using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Data;

/// <summary>The classes of a task and their numbers 0..n−1, as <c>id2label</c> and <c>label2id</c> of a Hugging Face <c>config.json</c> hold them.</summary>
public sealed class LabelMap
{
    private readonly string[] _names;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int> _trimmed;
    private readonly bool _numbersAreIds;

    private LabelMap(string[] names, Dictionary<string, int> ids)
    {
        _names = names;
        _ids = ids;
        _numbersAreIds = !names.Any(IsPlainInteger);
        // Data is read without blanks around its labels; a model may have been made with them.
        _trimmed = names.Where(name => name.Trim() != name).GroupBy(name => name.Trim(), StringComparer.Ordinal)
            .Where(group => group.Count() == 1).ToDictionary(group => group.Key, group => ids[group.Single()], StringComparer.Ordinal);
    }

    /// <summary>The number of classes.</summary>
    public int Count => _names.Length;

    /// <summary>The names by class number.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary><c>id2label</c> of <c>config.json</c>; its keys are the numbers as text.</summary>
    public IReadOnlyDictionary<string, string> Id2Label =>
        _names.Select((name, id) => (name, id)).ToDictionary(p => p.id.ToString(CultureInfo.InvariantCulture), p => p.name, StringComparer.Ordinal);

    /// <summary><c>label2id</c> of <c>config.json</c>.</summary>
    public IReadOnlyDictionary<string, int> Label2Id => _ids;

    /// <summary>
    /// The map of the labels that occur: in numerical order if all are whole numbers written plainly (<c>-1</c>, <c>0</c>, <c>12</c>),
    /// else in ordinal order of their UTF-16 text. The order does not depend on the order of the rows.
    /// </summary>
    /// <exception cref="ArgumentException">There are no labels.</exception>
    public static LabelMap Build(IEnumerable<string> labels)
    {
        string[] names = [.. labels.Distinct(StringComparer.Ordinal)];
        if (Array.TrueForAll(names, IsPlainInteger))
            Array.Sort(Array.ConvertAll(names, n => long.Parse(n, CultureInfo.InvariantCulture)), names);
        else
            Array.Sort(names, StringComparer.Ordinal);
        return FromList(names);
    }

    /// <summary>A map with the classes numbered as listed.</summary>
    /// <exception cref="ArgumentException">The list is empty, or a name is empty or there twice.</exception>
    public static LabelMap FromList(IEnumerable<string> names)
    {
        string[] list = [.. names];
        if (list.Length == 0)
            throw new ArgumentException("There are no labels.");
        Dictionary<string, int> ids = new(list.Length, StringComparer.Ordinal);
        for (int id = 0; id < list.Length; id++)
        {
            if (string.IsNullOrEmpty(list[id]))
                throw new ArgumentException($"Label {id} is empty.");
            if (!ids.TryAdd(list[id], id))
                throw new ArgumentException($"The label \"{list[id]}\" is there twice, as {ids[list[id]]} and as {id}.");
        }

        return new(list, ids);
    }

    /// <summary>The map of a model's <c>id2label</c>.</summary>
    /// <exception cref="ArgumentException">The keys are not 0..n−1, or a name is empty or there twice.</exception>
    public static LabelMap FromId2Label(IReadOnlyDictionary<string, string> id2label)
    {
        var names = new string[id2label.Count];
        foreach ((string key, string name) in id2label)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= names.Length || names[id] is not null)
                throw new ArgumentException($"id2label: the keys must be 0 to {names.Length - 1}, each once, but there is \"{key}\".");
            names[id] = name;
        }

        return FromList(names);
    }

    /// <summary>A map from a file with a JSON array of names, such as Banking77's <c>categories.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a JSON array of distinct strings.</exception>
    public static LabelMap FromFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such file of labels.", path);
        try
        {
            return FromList(JsonSerializer.Deserialize<string[]>(SmallFile.ReadText(path)) ?? []);
        }
        catch (Exception bad) when (bad is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: must hold a JSON array of distinct label names. {bad.Message}", bad);
        }
    }

    /// <summary>
    /// The number of a label. Where no class is named like a number, the data may give the number itself: with the classes
    /// negative and positive, <c>1</c> is positive.
    /// </summary>
    /// <param name="label">The name or number as the data has it.</param>
    /// <param name="place">Where it was read, for the message.</param>
    /// <exception cref="InvalidDataException">The label is not in the map.</exception>
    public int IdOf(string label, RowPlace place) => TryGetId(label, out int id)
        ? id
        : throw place.Error(
            (label.Length == 0 ? "the label is empty" : $"unknown label \"{label}\"{NearestName.Suggestion(label, _names)}")
            + $"; the {Count} known labels are {NearestName.List(_names)}.");

    /// <summary>The number of a label as <see cref="IdOf"/> has it, if it is in the map.</summary>
    public bool TryGetId(string label, out int id) =>
        _ids.TryGetValue(label, out id)
        || _trimmed.TryGetValue(label, out id)
        || (_numbersAreIds && IsPlainInteger(label) && int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id < Count);

    /// <summary>The name of a class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public string NameOf(int id) => (uint)id < (uint)_names.Length
        ? _names[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"There are {Count} labels, numbered from 0.");

    /// <summary>True for a whole number written plainly (<c>-1</c>, <c>0</c>, <c>12</c>), which is more often an id than a name.</summary>
    public static bool IsPlainInteger(string name) =>
        long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        && value.ToString(CultureInfo.InvariantCulture) == name;
}
