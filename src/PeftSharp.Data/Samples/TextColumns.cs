using System.Globalization;

namespace PeftSharp.Data;

/// <summary>The columns of text classification and regression.</summary>
/// <param name="Text">The text.</param>
/// <param name="TextPair">A second text, for tasks on pairs.</param>
/// <param name="Label">The class or the number; null for data without labels.</param>
public sealed record TextColumns(string Text = "text", string? TextPair = null, string? Label = "label")
{
    /// <summary>The sample of a row; blanks around the label do not count.</summary>
    /// <exception cref="InvalidDataException">A column is missing or null, or the label is empty or a list.</exception>
    public TextSample Read(DataRow row) =>
        new(row.Text(Text), TextPair is null ? null : row.Text(TextPair), Label is null ? null : OneLabel(row, Label), row.Place);

    private static string OneLabel(DataRow row, string column)
    {
        if (row.ListIn(column) is { } list)
            throw row.Place.Error(
                $"column \"{column}\" must hold one label, but holds {list.Describe()}{(row[column].Scalar is { } written ? $" written as text, {written}" : "")}; where a text may have several labels set problem_type: multi_label_classification (--problem_type multi_label_classification).");
        string label = row.Text(column).Trim();
        return label.Length > 0 ? label : throw row.Place.Fault("an empty label", $"the label, column \"{column}\", is empty.");
    }
}

/// <summary>A text, or a pair of texts, and what is known of it.</summary>
/// <param name="Text">The text; may be empty.</param>
/// <param name="TextPair">The second text of a pair.</param>
/// <param name="Label">The class or number as written; null if the data has none.</param>
/// <param name="Place">Where it stands.</param>
public sealed record TextSample(string Text, string? TextPair, string? Label, RowPlace Place)
{
    /// <summary>The label as the target of a regression.</summary>
    /// <exception cref="InvalidDataException">It is missing or no finite number.</exception>
    public float Target => float.TryParse(Label, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
        ? value
        : throw Place.Fault("no number as label", $"the label of a regression must be a number such as 3.5, but is {(Label is null ? "missing" : $"\"{Label}\"")}.");
}
