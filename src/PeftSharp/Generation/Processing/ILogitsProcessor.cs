namespace PeftSharp.Generation.Processing;

/// <summary>
/// Changes the scores of the tokens that may follow a text, in place (transformers' <c>LogitsProcessor</c>). Belongs to one
/// generation; takes one row at a time.
/// </summary>
internal interface ILogitsProcessor
{
    void Process(in GrowingText text, Span<float> scores);
}
