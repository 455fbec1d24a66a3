using PeftSharp.AdapterFolders;
using PeftSharp.Data;
using PeftSharp.Inference;
using PeftSharp.Models;
using PeftSharp.Tensors.Native;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Workflows.Loading;

/// <summary>How to load a model for use.</summary>
public sealed record LoadOptions
{
    /// <summary>The task; null takes the adapter's, else the one that the model's config names.</summary>
    public TaskType? Task { get; init; }

    /// <summary>The names of the classes; null takes those saved with the adapter, else the model's.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What a text classifier decides; null takes what was saved with the adapter, else what the model's config says.</summary>
    public ProblemType? ProblemType { get; init; }

    /// <summary>One of <see cref="Dtypes.Names"/>; null takes the dtype that the adapter's run was trained in, else <see cref="Dtypes.Auto"/>.</summary>
    public string? Dtype { get; init; }

    /// <summary>One of <see cref="ComputeModes.Names"/>.</summary>
    public string Compute { get; init; } = ComputeModes.Auto;

    /// <summary>Where to compute.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>False where the adapter's weights are wanted and no answers, so that the head need not have been trained.</summary>
    public bool NeedsHead { get; init; } = true;

    /// <summary>What becomes of the adapter's warnings; null drops them.</summary>
    public AdapterNotes? Notes { get; init; }
}

/// <summary>A base with its tokenizer and, where there is one, an adapter that is active.</summary>
public sealed class LoadedModel : IDisposable
{
    private LoadedModel(ModelLocation location, PretrainedModel pretrained, PeftModel model)
    {
        Location = location;
        Pretrained = pretrained;
        Model = model;
    }

    /// <summary>The folders it came from.</summary>
    public ModelLocation Location { get; }

    /// <summary>The base and its tokenizer.</summary>
    public PretrainedModel Pretrained { get; }

    /// <summary>The model; calls without a composition use the adapter.</summary>
    public PeftModel Model { get; }

    /// <summary>Loads a model for use.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="PeftException">The parts do not fit each other, or the head of the task was never trained.</exception>
    public static LoadedModel Load(ModelLocation location, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(location);
        options ??= new();
        PretrainedModel pretrained = PretrainedModel.Load(location.Model, BaseOptions(location, options), location.Adapter);
        try
        {
            PeftModel model = location.Adapter is { } adapter ? pretrained.AttachSaved(adapter) : new PeftModel(pretrained.Model);
            options.Notes?.Tell(model.Adapters.Values);
            if (options.NeedsHead && model.UntrainedHead is { } name)
                throw new PeftException(
                    $"{location.Model}{(location.Adapter is null ? "" : $" with {location.Adapter}")} has no trained head for {pretrained.Model.Task.ToName()} ('{name}' is in no file); train one with peft train, or give an adapter that has it.");
            if (pretrained.HasTokenizer)
                TokenizerFit.Require(pretrained.Tokenizer, model.VocabularySize, $"{location.Adapter ?? location.Model}: the tokenizer");
            return new LoadedModel(location, pretrained, model);
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }
    }

    /// <summary>Whether prompts are turns of a conversation unless something else is said: the model has a chat template, and no run that may have trained it without.</summary>
    internal bool WritesChats => Location.Config is null && Pretrained.Settings.ChatTemplate is not null;

    /// <summary>The task on text that the model was made for.</summary>
    public ITextTask TextTask(DataOptions data) => TextTasks.Create(Pretrained, data, Model);

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        Pretrained.Dispose();
    }

    private static BaseModelOptions BaseOptions(ModelLocation location, LoadOptions options)
    {
        NativeLoader.EnsureLoaded();
        return new()
        {
            Task = options.Task ?? (location.Adapter is null ? null : AdapterFolder.LoadOptions(location.Adapter).TaskType),
            Labels = options.Labels ?? (location.Adapter is null ? null : AdapterLabels.Of(location.Adapter, () => ModelConfig.Load(location.Model).Labels())),
            ProblemType = options.ProblemType ?? (location.Adapter is null ? null : AdapterLabels.ProblemOf(location.Adapter)),
            // Given labels may be in another order than the saved ones.
            Thresholds = options.Labels is not null || location.Adapter is null ? null : AdapterLabels.ThresholdsOf(location.Adapter),
            Dtype = Dtypes.Parse(options.Dtype ?? DtypeOfRun(location), MachineInfo.DTypeFor(CpuFeatures.Current)),
            Compute = ComputeModes.Parse(options.Compute),
            Device = Devices.Parse(options.Device),
        };
    }

    private static string? DtypeOfRun(ModelLocation location) =>
        location.Adapter is { } adapter && RunDtype.Of(adapter) is { } dtype ? Dtypes.NameOf(dtype) : null;
}
