using PeftSharp.AdapterFolders;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Inference;

/// <summary>What to load for inference, as <c>AddPeftTextClassifier</c> and its like take it.</summary>
public sealed class InferenceOptions
{
    /// <summary>The folder of the base model, or its id where Hugging Face's cache on this machine has it. Required.</summary>
    public string Model { get; set; } = "";

    /// <summary>The folder of the adapter that is used where a call names none; null for the bare model.</summary>
    public string? Adapter { get; set; }

    /// <summary>Further adapters by the name that a call's composition uses.</summary>
    public IDictionary<string, string> Adapters { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The names of the labels by id; null takes those saved with the adapter, else the model's.</summary>
    public IReadOnlyList<string>? Labels { get; set; }

    /// <summary>The dtype of weights and activations; null takes the one that the run of <see cref="Adapter"/> was trained in, else float32.</summary>
    public ScalarType? Dtype { get; set; }

    /// <summary>How the products with frozen weights are computed.</summary>
    public ComputeMode Compute { get; set; }

    /// <summary>The device; null is the CPU.</summary>
    public Device? Device { get; set; }

    /// <summary>The most tokens of a text, longer ones being cut; null takes what the model can. Nothing cuts the prompt of a generator.</summary>
    public int? MaxLength { get; set; }

    /// <summary>The most texts that go through the model together.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>How long an asynchronous disposal waits for running calls before it cancels them.</summary>
    public TimeSpan DisposeTimeout { get; set; } = CallGate.DefaultLimit;

    /// <summary>All adapters by name, the one of <see cref="Adapter"/> first.</summary>
    internal IReadOnlyDictionary<string, string> AllAdapters
    {
        get
        {
            OrderedDictionary<string, string> all = new(StringComparer.Ordinal);
            if (Adapter is { } active)
                all.Add(PeftModel.DefaultAdapter, active);
            foreach ((string name, string folder) in Adapters)
                if (!all.TryAdd(name, folder))
                    throw new ArgumentException($"Adapters names '{name}', which is the name of the one in Adapter; give it another name.");
            return all;
        }
    }

    /// <summary>Checks that the folders are there and the numbers make sense.</summary>
    /// <exception cref="ArgumentException">One is not; says which.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Model))
            throw new ArgumentException("Model is not set: it must be the folder of the base model.");
        if (!ModelFiles.IsModel(Model))
            throw new ArgumentException($"Model: {Model} is no model folder (it has no config.json) and no GGUF file.{HubCache.Advice(Model)}");
        foreach ((string name, string folder) in AllAdapters)
            if (!File.Exists(Path.Combine(folder, AdapterFolder.ConfigName)))
                throw new ArgumentException($"The folder of adapter '{name}', {folder}, has no {AdapterFolder.ConfigName}.");
        if (DisposeTimeout < TimeSpan.Zero && DisposeTimeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentException($"DisposeTimeout is {DisposeTimeout}; it is a time from 0 on, or Timeout.InfiniteTimeSpan.");
        if (MaxLength < 1)
            throw new ArgumentException($"MaxLength is {MaxLength}; it must be at least 1.");
        if (BatchSize < 1)
            throw new ArgumentException($"BatchSize is {BatchSize}; it must be at least 1.");
        if (Dtype is not (null or ScalarType.Float32 or ScalarType.BFloat16))
            throw new ArgumentException($"Dtype is {Dtype}; it must be Float32 or BFloat16.");
    }
}
