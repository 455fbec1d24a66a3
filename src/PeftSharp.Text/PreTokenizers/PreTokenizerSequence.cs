using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>Pre-tokenizers one after another.</summary>
internal sealed class PreTokenizerSequence : IPreTokenizer
{
    private readonly IPreTokenizer[] _preTokenizers;

    public PreTokenizerSequence(IPreTokenizer[] preTokenizers) => _preTokenizers = preTokenizers;

    public static PreTokenizerSequence Read(JsonPart part) => new(Components.PreTokenizers.ReadList(part, "pretokenizers"));

    public void Apply(PieceBuffer pieces)
    {
        foreach (IPreTokenizer preTokenizer in _preTokenizers)
            preTokenizer.Apply(pieces);
    }
}
