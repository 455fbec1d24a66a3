namespace PeftSharp.Models.Families;

/// <summary>What the parts of an encoder's layer are called, below the path of the layer.</summary>
/// <param name="Query">The query projection.</param>
/// <param name="Key">The key projection.</param>
/// <param name="Value">The value projection.</param>
/// <param name="Mixed">The product behind the attention.</param>
/// <param name="AttentionNorm">The norm behind attention.</param>
/// <param name="Attention">Where AdapterHub's adapters of attention hang.</param>
/// <param name="Up">The first product of the feed-forward part.</param>
/// <param name="Down">The second.</param>
/// <param name="OutputNorm">The norm behind it.</param>
/// <param name="Output">Where AdapterHub's adapters of the feed-forward part hang.</param>
internal sealed record EncoderNames(
    string Query, string Key, string Value, string Mixed, string AttentionNorm, string Attention, string Up, string Down, string OutputNorm, string Output)
{
    /// <summary>Those of BERT, which most encoders keep.</summary>
    public static EncoderNames Bert { get; } = new(
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm", "attention.output",
        "intermediate.dense", "output.dense", "output.LayerNorm", "output");
}
