using PeftSharp.Data;

namespace PeftSharp.Workflows.Tasks;

/// <summary>A text that an encoder-decoder writes for another one. Both get the tokenizer's special tokens; what is too long loses its end.</summary>
/// <param name="encoder">Encodes what is read.</param>
/// <param name="writer">Encodes what is written.</param>
/// <param name="columns">The columns.</param>
internal sealed class TargetTask(TextEncoder encoder, TextEncoder writer, SourceColumns columns) : ITextTask
{
    public ITaskRows Encode(IReadOnlyList<DataRow> rows, bool labelled)
    {
        SourceColumns read = labelled ? columns : columns with { Target = null };
        return new WrittenRows(OrderedParallel.Select(rows, row => Encode(read.Read(row))), "An encoder-decoder has no labels to predict; use peft generate.");
    }

    private WrittenRow Encode(SourceSample sample)
    {
        Text.Encoding source = encoder.Encode(sample.Source, null, sample.Place);
        Text.Encoding? target = sample.Target is null ? null : writer.Encode(sample.Target, null, sample.Place);
        return new(
            new(source.ToIdArray(), Label: target is null ? null : new ExampleLabel.Text(target.ToIdArray())),
            source.Overflowing.Count > 0 || target is { Overflowing.Count: > 0 });
    }
}
