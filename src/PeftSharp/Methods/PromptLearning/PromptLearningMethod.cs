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

    public abstract string PeftType { get; }

    // HF wraps the model itself and not a tuner around it, so one level is missing.
    public string KeyPrefix => "base_model.";

    public abstract PeftOptions Read(JsonSettings settings);

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => Complete((TOptions)options, model);

    public void Build(AdapterBuilder builder, PeftOptions options) => Build(builder, (TOptions)options);

    /// <inheritdoc cref="IPeftMethod.Resolve"/>
    protected virtual TOptions Complete(TOptions options, BaseModel model) =>
        PromptLearningOptions.CompleteFrom(options, model, (int)model.TokenEmbedding.Width, model.Attention.Heads);

    /// <inheritdoc cref="IPeftMethod.Build"/>
    protected abstract void Build(AdapterBuilder builder, TOptions options);
}
