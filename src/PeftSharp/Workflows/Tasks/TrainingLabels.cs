using System.Globalization;
using PeftSharp.Data;
using PeftSharp.Models;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Workflows.Tasks;

/// <summary>The classes of a training run, and what in the labels of its rows is probably not meant.</summary>
/// <param name="Names">The names by number; null for tasks without classes.</param>
/// <param name="Notes">What to warn of.</param>
internal sealed record TrainingLabels(IReadOnlyList<string>? Names, IReadOnlyList<string> Notes)
{
    /// <summary>
    /// Chooses the classes: those that the options list, else those that a <c>dataset_info.json</c> beside the file names,
    /// else the model's own where they cover the rows, else those of the rows.
    /// </summary>
    /// <exception cref="ConfigException">The labels are listed wrongly, are numbers with a fraction, or are all the same.</exception>
    public static TrainingLabels Of(TaskType task, ProblemType problem, DataOptions data, ModelConfig config, IReadOnlyList<DataRow> rows) =>
        task switch
        {
            TaskType.TokenClassification => OfTags(data, config, rows),
            TaskType.SequenceClassification when problem == ProblemType.MultiLabel => OfSets(data, config, rows),
            TaskType.SequenceClassification when problem == ProblemType.Regression => new(NumberName(data, config), []),
            TaskType.SequenceClassification => OfClasses(
                [.. rows.Select(row => data.TextColumns.Read(row).Label!)], data.TextColumns.Label!, data, config, rows),
            _ => new(null, []),
        };

    /// <summary>The classes that the options list.</summary>
    /// <exception cref="ConfigException">The list is empty, or has a name twice.</exception>
    public static LabelMap Listed(DataOptions data)
    {
        try
        {
            return data.LabelMap([]);
        }
        catch (ArgumentException error)
        {
            throw new ConfigException($"data.labels: {error.Message}", error);
        }
    }

    private static TrainingLabels OfTags(DataOptions data, ModelConfig config, IReadOnlyList<DataRow> rows)
    {
        TagSample[] samples = [.. rows.Select(data.TagColumns.Read)];
        TrainingLabels labels = OfClasses([.. samples.SelectMany(sample => sample.Tags!)], data.TagColumns.Tags!, data, config, rows);
        return samples.Length > 1 && Array.TrueForAll(samples, sample => sample.Words.Count == 1)
            ? labels with { Notes = [.. labels.Notes, $"{rows[0].Place.File}: every row is a single word; a file with a word a line and a blank line between sentences is read as sentences with format: conll (--format conll)."] }
            : labels;
    }

    private static TrainingLabels OfClasses(string[] found, string column, DataOptions data, ModelConfig config, IReadOnlyList<DataRow> rows)
    {
        FoundLabels labels = new(found, column, rows, data);
        if (data.NamesClasses)
            return new(Listed(data).Names, labels.Notes(listed: true));
        IReadOnlyList<string> own = config.Labels();
        if (Described(data, column, own, found) is { } described)
            return new(described, labels.Notes(listed: true));
        if (own.Count > 1 && Covers(own, found))
            return new(own, labels.Notes(listed: true));
        if (Array.TrueForAll(found, IsNumber) && found.FirstOrDefault(label => !double.IsInteger(Number(label))) is { } fraction)
            throw new ConfigException(
                $"data: the labels are numbers such as {fraction}; for a regression set problem_type: regression, or give one name, labels: [score]; else list the classes in labels.");
        labels.RequireSeveral();
        return new(LabelMap.Build(found).Names, labels.Notes(listed: false));
    }

    private static TrainingLabels OfSets(DataOptions data, ModelConfig config, IReadOnlyList<DataRow> rows)
    {
        MultiLabelColumns columns = data.MultiLabelColumns;
        IReadOnlyList<string>[] sets = [.. rows.Select(row => columns.Read(row).Labels!)];
        if (columns.Labels!.Single is null)
            return new(columns.Labels.All, data.NamesClasses ? ["labels is not used: the columns of label name the labels."] : []);
        string[] found = [.. sets.SelectMany(set => set)];
        IReadOnlyList<string> own = config.Labels();
        IReadOnlyList<string>? known = data.NamesClasses ? Listed(data).Names : Described(data, columns.Labels.Single, own, found);
        if (known is null && LabelSets.AreVectors(sets))
            known = own.Count == sets[0].Count ? own : [.. Enumerable.Range(0, sets[0].Count).Select(id => $"LABEL_{id}")];
        if (known is not null || (own.Count > 0 && Covers(own, found)))
            return new(known ?? own, []);
        if (found.Length == 0)
            throw new ConfigException($"data: no row has a label in column \"{columns.Labels.Single}\", so there is nothing to learn.");
        if (columns.Separator is null && found.FirstOrDefault(label => label.AsSpan().ContainsAny("|;,")) is { } joined)
        {
            char between = joined.First(c => c is '|' or ';' or ',');
            throw new ConfigException(
                $"data: the label \"{joined}\" holds \"{between}\"; if that stands between labels set label_separator: \"{between}\" (--label_separator \"{between}\"), else list the names in labels.");
        }
        return new(LabelMap.Build(found).Names, new FoundLabels(found, columns.Labels.Single, rows, data).NearDuplicates());
    }

    /// <summary>What the number of a regression is called.</summary>
    private static IReadOnlyList<string> NumberName(DataOptions data, ModelConfig config) =>
        data.NamesClasses ? Listed(data).Names : config.Labels() is [_] own ? own : ["LABEL_0"];

    /// <summary>The names of a description beside the training file, where they fit the rows and the model.</summary>
    private static IReadOnlyList<string>? Described(DataOptions data, string column, IReadOnlyList<string> own, string[] found)
    {
        if (data.Train is null || FeatureNames.Of(data.Train, column) is not { Count: > 1 } names || !Covers(names, found))
            return null;
        bool generic = own.Select((name, id) => name == $"LABEL_{id}").All(same => same);
        return own.Count == 0 || generic || own.SequenceEqual(names) || !Covers(own, found)
            ? names
            : throw new ConfigException(
                $"data: the model has the classes {NearestName.List([.. own])} and the description beside {data.Train} {NearestName.List([.. names])}, in another order; say which one the data has: labels: [...].");
    }

    private static bool Covers(IReadOnlyList<string> names, string[] found) =>
        names.Count > 0 && names.Distinct(StringComparer.Ordinal).Count() == names.Count
        && LabelMap.FromList(names) is var known && found.All(label => known.TryGetId(label, out _));

    private static bool IsNumber(string label) =>
        double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);

    private static double Number(string label) => double.Parse(label, NumberStyles.Float, CultureInfo.InvariantCulture);
}
