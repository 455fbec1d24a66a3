namespace PeftSharp.Models.Families;

/// <summary>ELECTRA (HF's models/electra), generator or discriminator: BERT with narrower embeddings and no pooler.</summary>
internal static class Electra
{
    public static ModelFamily Family { get; } = new BertLike("electra", "Electra", "electra.")
    {
        Hidden = 256,
        Heads = 4,
        Inner = 1024,
        EmbeddingSize = 128,
        ClassifierActivation = "gelu",
        HasPooler = false,
    }.Family();
}
