using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Methods.PromptLearning;

/// <summary>The options of methods whose virtual tokens may start as the embeddings of a text.</summary>
public abstract record TextStartOptions : PromptLearningOptions
{
    /// <summary>The text that they start as (<c>prompt_tuning_init_text</c>), where <c>prompt_tuning_init</c> is <c>TEXT</c>.</summary>
    public string? InitText { get; init; }

    /// <summary>The folder of the tokenizer for that text (<c>tokenizer_name_or_path</c>); null takes the model's own.</summary>
    public string? TokenizerNameOrPath { get; init; }

    /// <summary>HF's arguments for its tokenizer (<c>tokenizer_kwargs</c>): kept, and not used.</summary>
    public JsonNode? TokenizerArguments { get; init; }

    /// <summary>Adds the keys of the text.</summary>
    private protected void WriteText(JsonObject json)
    {
        json["prompt_tuning_init_text"] = InitText;
        json["tokenizer_kwargs"] = TokenizerArguments?.DeepClone();
        json["tokenizer_name_or_path"] = TokenizerNameOrPath;
    }

    /// <summary>Reads the keys of the text, and those that all prompt methods share, over <paramref name="options"/>.</summary>
    internal static TOptions ReadText<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : TextStartOptions =>
        ReadPrompt(settings, options) with
        {
            InitText = settings.OptionalText("prompt_tuning_init_text"),
            TokenizerNameOrPath = settings.OptionalText("tokenizer_name_or_path"),
            TokenizerArguments = settings.Raw("tokenizer_kwargs") is { } arguments ? JsonNode.Parse(arguments.GetRawText()) : null,
        };

    /// <summary>The options with a tokenizer's folder where they start as a text: HF refuses to read TEXT without its name.</summary>
    internal static TOptions WithTokenizer<TOptions>(TOptions options, bool startsAsText, BaseModel model)
        where TOptions : TextStartOptions =>
        startsAsText ? options with { TokenizerNameOrPath = TextRows.Folder(options.TokenizerNameOrPath, model) } : options;
}
