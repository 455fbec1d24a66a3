using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Methods.PromptLearning;

/// <summary>
/// What the methods that train virtual tokens share (HF PEFT's PromptLearningConfig). What describes the model is left
/// open and filled in from it. Names in brackets are the keys of <c>adapter_config.json</c>.
/// </summary>
public abstract record PromptLearningOptions : PeftOptions
{
    /// <summary>How many virtual tokens stand in front of the text (<c>num_virtual_tokens</c>).</summary>
    public required int NumVirtualTokens { get; init; }

    /// <summary>The width of a virtual token (<c>token_dim</c>).</summary>
    public int? TokenDim { get; init; }

    /// <summary>The model's layers (<c>num_layers</c>).</summary>
    public int? NumLayers { get; init; }

    /// <summary>The model's heads (<c>num_attention_heads</c>).</summary>
    public int? NumAttentionHeads { get; init; }

    /// <summary>The model's stacks (<c>num_transformer_submodules</c>): 2 where an encoder-decoder writes, else 1.</summary>
    public int? NumTransformerSubmodules { get; init; }

    /// <summary>The rows that peft makes: those of <see cref="NumVirtualTokens"/> for each stack, of which only the first stack's are used.</summary>
    internal int AllRows => NumVirtualTokens * (NumTransformerSubmodules ?? 1);

    private protected sealed override void Write(JsonObject json)
    {
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
        json["num_attention_heads"] = NumAttentionHeads;
        json["num_layers"] = NumLayers;
        json["num_transformer_submodules"] = NumTransformerSubmodules;
        json["num_virtual_tokens"] = NumVirtualTokens;
        json["token_dim"] = TokenDim;
        WriteOwn(json);
    }

    /// <summary>Adds the keys of the method alone.</summary>
    private protected abstract void WriteOwn(JsonObject json);

    /// <summary>Reads what the methods share.</summary>
    /// <param name="settings">The file.</param>
    /// <param name="options">The method's own options; its number of virtual tokens is read over.</param>
    internal static TOptions ReadPrompt<TOptions>(JsonSettings settings, TOptions options)
        where TOptions : PromptLearningOptions =>
        ReadShared(settings, options) with
        {
            NumVirtualTokens = settings.Size("num_virtual_tokens"),
            TokenDim = Optional(settings, "token_dim"),
            NumLayers = Optional(settings, "num_layers"),
            NumAttentionHeads = Optional(settings, "num_attention_heads"),
            NumTransformerSubmodules = Optional(settings, "num_transformer_submodules"),
        };

    /// <summary>Fills in what describes the model, and checks what is given.</summary>
    /// <param name="options">The options.</param>
    /// <param name="model">The model.</param>
    /// <param name="width">The width that a virtual token must have.</param>
    /// <param name="heads">The heads that HF writes for the method.</param>
    /// <exception cref="PeftException">They are for a model of another shape, or leave the model no room.</exception>
    internal static TOptions CompleteFrom<TOptions>(TOptions options, BaseModel model, int width, int heads)
        where TOptions : PromptLearningOptions
    {
        if (options.NumVirtualTokens < 1)
            throw new PeftException($"num_virtual_tokens is {options.NumVirtualTokens}; there must be at least 1.");
        if (options.NumVirtualTokens >= model.MaxPositions)
            throw new PeftException(
                $"num_virtual_tokens is {options.NumVirtualTokens} and the model has {model.MaxPositions} positions, so none is left for text; set it to far fewer, such as 20.");
        int stacks = model.Task == Models.TaskType.SequenceToSequence ? 2 : 1;
        if (options.NumTransformerSubmodules is { } named && named != stacks)
            throw new PeftException(
                $"num_transformer_submodules is {named} and this {model.Config.ModelType} model needs {stacks} for {model.Task.ToName()} (2 is for encoder-decoders that write, 1 for all others): leave it out.");
        if (options.TokenDim is { } given && given != width)
            throw new PeftException(
                $"token_dim is {given} and this {model.Config.ModelType} model needs {width}: leave it out, or the adapter is for another base.");
        return options with
        {
            TokenDim = width,
            NumLayers = options.NumLayers ?? model.Attention.Layers,
            NumAttentionHeads = options.NumAttentionHeads ?? heads,
            NumTransformerSubmodules = stacks,
        };
    }

    private static int? Optional(JsonSettings settings, string key) => settings.Has(key) ? settings.Size(key) : null;
}
