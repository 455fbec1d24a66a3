namespace PeftSharp.Models.Families;

/// <summary>RoBERTa (HF's models/roberta): BERT with positions that count ids, and a text classifier of two products of its own.</summary>
internal static class Roberta
{
    public static ModelFamily Family { get; } = (Like("roberta", "Roberta") with { AdaLoraTargets = ["query", "key", "value", "dense"] }).Family();

    /// <summary>RoBERTa under another name.</summary>
    public static BertLike Like(string modelType, string className) => new(modelType, className, "roberta.")
    {
        Vocabulary = 50265,
        PaddingId = 1,
        CountsIds = true,
        ClassifierActivation = "tanh",
    };
}
