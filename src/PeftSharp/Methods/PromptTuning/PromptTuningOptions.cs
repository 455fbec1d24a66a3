using System.Text.Json.Nodes;
using PeftSharp.Methods.PromptLearning;

namespace PeftSharp.Methods.PromptTuning;

/// <summary>
/// Prompt tuning (Lester et al. 2021, arXiv:2104.08691): trainable embeddings stand in front of those of the text, and
/// nothing else changes.
/// </summary>
public sealed record PromptTuningOptions : PromptLearningOptions
{
    /// <inheritdoc/>
    public override string PeftType => "PROMPT_TUNING";

    /// <summary>How the virtual tokens start (<c>prompt_tuning_init</c>).</summary>
    public PromptTuningInit Init { get; init; }

    /// <summary>The text that they start as (<c>prompt_tuning_init_text</c>), for <see cref="PromptTuningInit.Text"/>.</summary>
    public string? InitText { get; init; }

    /// <summary>The folder of the tokenizer for that text (<c>tokenizer_name_or_path</c>); null takes the model's own.</summary>
    public string? TokenizerNameOrPath { get; init; }

    /// <summary>HF's arguments for its tokenizer (<c>tokenizer_kwargs</c>): kept, and not used.</summary>
    public JsonNode? TokenizerArguments { get; init; }

    private protected override void WriteOwn(JsonObject json)
    {
        json["prompt_tuning_init"] = PromptTuningMethod.Name(Init);
        json["prompt_tuning_init_text"] = InitText;
        json["tokenizer_kwargs"] = TokenizerArguments?.DeepClone();
        json["tokenizer_name_or_path"] = TokenizerNameOrPath;
    }
}

/// <summary>How virtual tokens start.</summary>
public enum PromptTuningInit
{
    /// <summary>From normal values (<c>RANDOM</c>).</summary>
    Random,

    /// <summary>As the embeddings of a text (<c>TEXT</c>).</summary>
    Text,

    /// <summary>As the embeddings of tokens drawn from the vocabulary (<c>SAMPLE_VOCAB</c>).</summary>
    SampleVocabulary,
}
