namespace PeftSharp.Data;

/// <summary>A known way to write a prompt.</summary>
public enum PromptTemplate
{
    /// <summary>Stanford Alpaca's: an instruction, maybe with an input, and <c>### Response:</c>.</summary>
    Alpaca,
}

/// <summary>The prompts of <see cref="PromptTemplate"/>.</summary>
public static class PromptTemplates
{
    /// <summary>The prompt of an instruction.</summary>
    /// <param name="template">The way to write it.</param>
    /// <param name="instruction">What to do.</param>
    /// <param name="input">What to do it with; empty for none.</param>
    public static string Render(this PromptTemplate template, string instruction, string input = "") => template switch
    {
        PromptTemplate.Alpaca when input.Length == 0 =>
            "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
            + $"### Instruction:\n{instruction}\n\n### Response:",
        PromptTemplate.Alpaca =>
            "Below is an instruction that describes a task, paired with an input that provides further context. "
            + "Write a response that appropriately completes the request.\n\n"
            + $"### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:",
        _ => throw new ArgumentOutOfRangeException(nameof(template), template, "No template of prompts."),
    };
}
