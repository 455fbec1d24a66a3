using System.Text.Json.Nodes;
using PeftSharp.Methods.PromptLearning;

namespace PeftSharp.Methods.PromptTuning;

/// <summary>
/// Prompt tuning (Lester et al. 2021, arXiv:2104.08691): trainable embeddings stand in front of those of the text, and
/// nothing else changes.
/// </summary>
public sealed record PromptTuningOptions : TextStartOptions
{
    /// <inheritdoc/>
    public override string PeftType => "PROMPT_TUNING";

    /// <summary>How the virtual tokens start (<c>prompt_tuning_init</c>).</summary>
    public PromptTuningInit Init { get; init; }

    private protected override void WriteOwn(JsonObject json)
    {
        json["prompt_tuning_init"] = PromptTuningMethod.Name(Init);
        WriteText(json);
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
