using PeftSharp.Models;

namespace PeftSharp;

/// <summary>Where everything starts: load a base, attach a method, train, save.</summary>
/// <example>
/// <code>
/// using PretrainedModel pretrained = await Peft.LoadBaseAsync("assets/models/all-MiniLM-L6-v2",
///     new BaseModelOptions { Task = TaskType.SequenceClassification, Labels = ["no", "yes"] });
/// using PeftModel model = pretrained.Attach(new LoraOptions { R = 8, LoraAlpha = 16 });
/// </code>
/// </example>
public static class Peft
{
    /// <summary>Loads a Hugging Face folder: <c>config.json</c>, safetensors, and <c>tokenizer.json</c> where it has one.</summary>
    /// <param name="folder">The folder, or the id of a model that is in Hugging Face's cache on this machine.</param>
    /// <param name="options">Task, labels, dtype and device.</param>
    /// <param name="cancellationToken">Cancels before the load begins; a load that runs is finished.</param>
    /// <exception cref="ArgumentException">The folder is null or blank.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="PeftException">The architecture is not supported, or the parts do not fit each other.</exception>
    public static Task<PretrainedModel> LoadBaseAsync(
        string folder, BaseModelOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return Task.Run(() => PretrainedModel.Load(folder, options), cancellationToken);
    }
}
