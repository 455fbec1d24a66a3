using PeftSharp.Data;

namespace PeftSharp.Workflows.Tasks;

/// <summary>
/// The next token of a text, or of the completion of a prompt. The end-of-text token is added and learnt, so that the
/// model learns to stop. Prompt and completion are encoded apart, as the prompt will be when the model is used.
/// </summary>
internal sealed class LanguageTask(TextEncoder encoder, CausalColumns columns, bool completionOnly, int? endId) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled) => new WrittenRows(
        OrderedParallel.Select(rows, row => Encode(columns.Read(row))), "A language model has no labels to predict; use peft generate.");

    private WrittenRow Encode(CausalSample sample)
    {
        bool hasPrompt = columns.Prompt is not null;
        List<int> ids = hasPrompt && sample.Prompt.Length > 0 ? [.. encoder.EncodeWhole(sample.Prompt, sample.Place).Ids] : [];
        int prompt = completionOnly ? ids.Count : 0;
        if (sample.Completion.Length > 0 || ids.Count == 0)
            ids.AddRange(hasPrompt && ids.Count > 0
                ? encoder.EncodeBare(sample.Completion, sample.Place).Ids
                : encoder.EncodeWhole(sample.Completion, sample.Place).Ids);
        if (endId is { } end && ids[^1] != end)
            ids.Add(end);
        bool cut = ids.Count > encoder.MaxLength;
        if (cut)
            ids.RemoveRange(encoder.MaxLength, ids.Count - encoder.MaxLength);
        int[] labels = [.. ids.Select((id, i) => i < prompt ? Collator.IgnoredLabel : id)];
        // The first token of a text is predicted from nothing, so it never counts.
        bool learns = Math.Max(prompt, 1) < ids.Count;
        return new(new([.. ids], Label: new ExampleLabel.Tokens(labels)), cut, learns);
    }
}
