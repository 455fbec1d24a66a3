using PeftSharp.Methods;

namespace PeftSharp.Workflows.Configuration;

/// <summary>Everyday names of the values of keys: <c>ner</c> for TOKEN_CLS, <c>full</c> for FULL.</summary>
internal static class ValueAliases
{
    private const string MethodKey = $"{ConfigKeys.Peft}.peft_type";

    private static readonly Dictionary<string, (string Value, string[] Names)[]> _ofKey = new(StringComparer.Ordinal)
    {
        ["task"] =
        [
            ("SEQ_CLS", ["classification", "text_classification", "sequence_classification", "sentiment", "seqcls"]),
            ("TOKEN_CLS", ["ner", "tagging", "token_classification", "tokencls"]),
            ("QUESTION_ANS", ["qa", "question_answering", "extractive_qa", "squad"]),
            ("CAUSAL_LM", ["clm", "causal", "causallm", "generation", "text_generation", "language_modeling", "sft"]),
            ("SEQ_2_SEQ_LM", ["seq2seq", "seq_2_seq", "seq2seq_lm", "summarization", "summarisation", "translation", "text2text", "text2text_generation"]),
            ("FEATURE_EXTRACTION", ["embedding", "embeddings", "embed", "sentence_similarity"]),
        ],
        ["dtype"] = [("bfloat16", ["bf16", "torch_bfloat16"]), ("float32", ["fp32", "float", "torch_float32"])],
        [MethodKey] =
        [
            ("FULL", ["full_finetuning", "full_fine_tuning", "fullft", "finetune", "fine_tuning"]),
            ("BOTTLENECK", ["adapter", "adapters"]),
            ("PREFIX_TUNING", ["prefix"]),
            ("PROMPT_TUNING", ["prompt"]),
            ("P_TUNING", ["ptuning"]),
            ("LN_TUNING", ["ln", "layernorm"]),
        ],
    };

    /// <summary>The name of a method as <c>peft_type</c> has it.</summary>
    public static string Method(string text) => Resolve(ConfigSchema.OfTraining.Find(ConfigKeys.Peft, "peft_type", ""), text);

    /// <summary>The value that a text stands for; the text itself where it is no other name.</summary>
    public static string Resolve(ConfigKey key, string text)
    {
        string name = Plain(text);
        if (_ofKey.GetValueOrDefault(key.FullName)?.FirstOrDefault(pair => pair.Names.Contains(name)).Value is { } value)
            return value;
        // The names of methods are written in capitals, but nobody types them so.
        return key.FullName == MethodKey ? PeftMethods.Names.FirstOrDefault(method => Plain(method) == name) ?? text : text;
    }

    private static string Plain(string text) => text.Trim().ToLowerInvariant().Replace('-', '_').Replace(' ', '_').Replace("torch.", "torch_", StringComparison.Ordinal);
}
