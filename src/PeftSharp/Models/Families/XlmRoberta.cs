namespace PeftSharp.Models.Families;

/// <summary>XLM-RoBERTa (HF's models/xlm_roberta): RoBERTa with the words of a hundred languages.</summary>
internal static class XlmRoberta
{
    public static ModelFamily Family { get; } = Roberta.Like("xlm-roberta", "XLMRoberta").Family();
}
