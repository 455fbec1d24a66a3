namespace PeftSharp.Models.Families;

/// <summary>BERT (HF's models/bert): post-norm encoder, learned positions, segments; the text classifier reads the pooler.</summary>
internal static class Bert
{
    public static ModelFamily Family { get; } = new BertLike("bert", "Bert", "bert.").Family();
}
