using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>Puts examples of one task into a batch; the batch is overwritten by the next.</summary>
internal sealed class BatchMaker(BaseModel model, long paddingId, PaddingSide padding)
{
    private readonly Collator _collator = new(checked((int)paddingId), side: padding);
    private readonly PaddedBatch _batch = new();

    public PaddedBatch Make(IReadOnlyList<EncodedExample> examples, ReadOnlySpan<int> indices)
    {
        _collator.Collate(examples, indices, _batch);
        if (model.Task == TaskType.CausalLanguageModel && _batch.Labels.Length > 0)
            IgnoreFirstTokens(_batch);
        return _batch;
    }

    /// <summary>Nothing real stands before a row's first token, so with padding on the left it must not be predicted from padding.</summary>
    private static void IgnoreFirstTokens(PaddedBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            int first = batch.AttentionMask.Span.Slice(row * batch.Width, batch.Width).IndexOf(1L);
            batch.Labels.Span[row * batch.Width + first] = Collator.IgnoredLabel;
        }
    }
}
