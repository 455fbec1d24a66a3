using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Methods.PromptLearning;

/// <summary>What the methods that train virtual tokens share: HF's keys, and token embeddings as the thing that is learned.</summary>
/// <typeparam name="TOptions">The method's options.</typeparam>
internal abstract class PromptLearningMethod<TOptions> : IPeftMethod
    where TOptions : PromptLearningOptions
{
    /// <summary>The key of the virtual tokens in the saved file.</summary>
    protected const string EmbeddingsKey = "prompt_embeddings";

    /// <summary>What stands before the names of a prompt encoder's parameters, which are not saved.</summary>
    protected const string EncoderPrefix = "prompt_encoder.";

    // What HF's files say of the model; it need not be given.
    private static readonly string[] _ofTheModel = ["num_attention_heads", "num_layers", "num_transformer_submodules", "token_dim"];

    public abstract string PeftType { get; }

    // HF wraps the model itself and not a tuner around it, so one level is missing.
    public string KeyPrefix => "base_model.";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("num_virtual_tokens", null, "trained tokens before the text, such as 20 (PREFIX_TUNING, PROMPT_TUNING, P_TUNING, MULTITASK_PROMPT_TUNING)"),
        .. OwnKeys,
        .. _ofTheModel.Select(name => new OptionKey(name, null, "")),
    ];

    /// <summary>The keys of the method alone.</summary>
    protected abstract IReadOnlyList<OptionKey> OwnKeys { get; }

    public abstract PeftOptions Read(JsonSettings settings);

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => Complete((TOptions)options, model);

    public void Build(AdapterBuilder builder, PeftOptions options) => Build(builder, (TOptions)options);

    /// <inheritdoc cref="IPeftMethod.Resolve"/>
    protected virtual TOptions Complete(TOptions options, BaseModel model) =>
        PromptLearningOptions.CompleteFrom(options, model, (int)model.TokenEmbedding.Width, model.Attention.Heads);

    /// <inheritdoc cref="IPeftMethod.Build"/>
    protected abstract void Build(AdapterBuilder builder, TOptions options);
}
