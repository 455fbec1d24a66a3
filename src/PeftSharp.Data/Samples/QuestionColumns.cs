using System.Globalization;

namespace PeftSharp.Data;

/// <summary>
/// The columns of extractive question answering. <paramref name="AnswerText"/> and <paramref name="AnswerStart"/> are one
/// value each, or lists of equal length (SQuAD's <c>answers.text</c> and <c>answers.answer_start</c>); an empty text or list
/// is a question without an answer.
/// </summary>
/// <param name="Question">The question.</param>
/// <param name="Context">The text that holds the answer.</param>
/// <param name="AnswerText">The right answers; null for data without.</param>
/// <param name="AnswerStart">Where each begins in the context, in code points from 0.</param>
public sealed record QuestionColumns(
    string Question = "question", string Context = "context", string? AnswerText = "answers.text", string? AnswerStart = "answers.answer_start")
{
    /// <summary>The sample of a row.</summary>
    /// <exception cref="InvalidDataException">A column is missing or of the wrong kind, or an answer does not stand where it is said to.</exception>
    public QuestionSample Read(DataRow row)
    {
        string context = row.Text(Context);
        return new(row.Text(Question), context, AnswerText is null || AnswerStart is null ? null : Answers(row, AnswerText, AnswerStart, context), row.Place);
    }

    private static List<Answer> Answers(DataRow row, string textColumn, string startColumn, string context)
    {
        bool many = row[textColumn].Kind == DataKind.List;
        IReadOnlyList<string> texts = many ? row.TextList(textColumn) : [row.Text(textColumn)];
        List<Answer> answers = [];
        if (texts.All(t => t.Length == 0))
            return answers;
        IReadOnlyList<string> starts = many ? row.TextList(startColumn) : [row.Text(startColumn)];
        if (starts.Count != texts.Count)
            throw row.Place.Fault("unlike numbers of answers and starts", $"{texts.Count} answers in column \"{textColumn}\" and {starts.Count} starts in \"{startColumn}\".");
        for (int i = 0; i < texts.Count; i++)
            answers.Add(Check(new(texts[i], Start(row, startColumn, starts[i])), row.Place, context));
        return answers;
    }

    private static int Start(DataRow row, string column, string written) =>
        int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out int start)
            ? start
            : throw row.Place.Fault("no position of an answer", $"column \"{column}\" must hold a position in the context, a whole number from 0, but holds \"{written}\".");

    private static Answer Check(Answer answer, RowPlace place, string context)
    {
        int at = CodePoints.ToUtf16(context, answer.Start);
        if (at >= 0 && context.AsSpan(at).StartsWith(answer.Text, StringComparison.Ordinal))
            return answer;
        int found = context.IndexOf(answer.Text, StringComparison.Ordinal);
        throw place.Fault(
            "an answer that is not in its place",
            $"the answer \"{answer.Text}\" does not stand at code point {answer.Start} of the context"
            + (found < 0 ? ", nor anywhere in it." : $"; it does at {CodePoints.Count(context.AsSpan(0, found))}."));
    }
}

/// <summary>A right answer.</summary>
/// <param name="Text">As it stands in the context.</param>
/// <param name="Start">Where it begins there, in code points.</param>
public sealed record Answer(string Text, int Start)
{
    /// <summary>Where it stands in the context.</summary>
    public CodePointSpan Span => new(Start, Start + CodePoints.Count(Text));
}

/// <summary>A question on a text.</summary>
/// <param name="Question">The question.</param>
/// <param name="Context">The text that holds the answer.</param>
/// <param name="Answers">The right answers, each standing where it says; empty if the question has none, null if the data has none.</param>
/// <param name="Place">Where it stands.</param>
public sealed record QuestionSample(string Question, string Context, IReadOnlyList<Answer>? Answers, RowPlace Place);
