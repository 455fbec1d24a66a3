using PeftSharp.AdapterFolders;
using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Text;
using static TorchSharp.torch;

namespace PeftSharp.Inference;

/// <summary>
/// What the objects of this namespace share: a base model with its adapters and its tokenizer. One of them may serve many
/// such objects and threads.
/// </summary>
public sealed class InferenceModel : IDisposable, IAsyncDisposable
{
    private readonly IDisposable[] _owned;

    /// <summary>A model whose parts stay the caller's.</summary>
    /// <param name="model">The base with its adapters.</param>
    /// <param name="tokenizer">The base's tokenizer.</param>
    /// <param name="settings">What the files beside the tokenizer say; null for the defaults.</param>
    /// <exception cref="PeftException">The tokenizer is another model's.</exception>
    public InferenceModel(PeftModel model, Tokenizer tokenizer, TokenizerSettings? settings = null)
        : this(model, tokenizer, settings, folder: model?.Base.Folder, owned: [])
    {
    }

    /// <summary>A loaded base and adapters on it; both stay the caller's.</summary>
    /// <param name="pretrained">The base with its tokenizer.</param>
    /// <param name="model">The base with adapters; null for the bare base.</param>
    /// <exception cref="PeftException">The folder has no tokenizer.</exception>
    public InferenceModel(PretrainedModel pretrained, PeftModel? model = null)
        : this(
            model ?? new PeftModel((pretrained ?? throw new ArgumentNullException(nameof(pretrained))).Model),
            pretrained.Tokenizer, pretrained.Settings, pretrained.Folder, owned: [])
    {
        PaddingId = pretrained.PaddingId;
    }

    private InferenceModel(PeftModel model, Tokenizer tokenizer, TokenizerSettings? settings, string? folder, IDisposable[] owned)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        TokenizerFit.Require(tokenizer, model.VocabularySize, "The tokenizer");
        Model = model;
        Tokenizer = tokenizer;
        Settings = settings ?? new();
        Folder = folder;
        PaddingId = (Settings.PadToken is { } pad ? tokenizer.TokenToId(pad) : null) ?? 0;
        _owned = owned;
    }

    /// <summary>The base with its adapters.</summary>
    public PeftModel Model { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>What the files beside the tokenizer say.</summary>
    public TokenizerSettings Settings { get; }

    /// <summary>The folder of the base, or null.</summary>
    public string? Folder { get; }

    /// <summary>How long an asynchronous disposal waits for running calls before it cancels them.</summary>
    public TimeSpan DisposeTimeout { get; init; } = CallGate.DefaultLimit;

    /// <summary>The id that pads a batch.</summary>
    public int PaddingId { get; private init; }

    /// <summary>The most tokens of a text: the model's positions that virtual tokens leave or the tokenizer's own limit, whichever is less.</summary>
    public int MaxLength => Math.Min(Model.MaxTokens, Settings.ModelMaxLength ?? int.MaxValue);

    /// <summary>The same for the task by which the model writes text.</summary>
    internal static InferenceModel LoadWriter(InferenceOptions options)
    {
        options.Validate();
        return Load(options, ModelConfig.Load(options.Model).WritingTask);
    }

    /// <summary>Loads a base and adapters for it; disposing the result frees them.</summary>
    /// <param name="options">The folders.</param>
    /// <param name="task">The task whose head is wanted; null takes the one of the adapter, else of the model.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="PeftException">The parts do not fit each other, or the head of the task was never trained.</exception>
    public static InferenceModel Load(InferenceOptions options, TaskType? task = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        IReadOnlyDictionary<string, string> folders = options.AllAdapters;
        string? first = folders.Values.FirstOrDefault();
        RequireSameLabels(folders);
        PretrainedModel pretrained = PretrainedModel.Load(options.Model, new BaseModelOptions
        {
            Task = task ?? (first is null ? null : AdapterFolder.LoadOptions(first).TaskType),
            Labels = options.Labels ?? (first is null ? null : AdapterLabels.Of(first, () => ModelConfig.Load(options.Model).Labels())),
            ProblemType = first is null ? null : AdapterLabels.ProblemOf(first),
            Thresholds = options.Labels is not null || first is null ? null : AdapterLabels.ThresholdsOf(first),
            Dtype = options.Dtype ?? (options.Adapter is { } adapter ? RunDtype.Of(adapter) : null) ?? ScalarType.Float32,
            Compute = options.Compute,
            Device = options.Device,
        }, first);
        PeftModel? model = null;
        try
        {
            RequireOneTokenizer(pretrained, options.Model, folders);
            model = new PeftModel(pretrained.Model);
            foreach ((string name, string folder) in folders)
                model.LoadAdapter(folder, name);
            if (options.Adapter is null && pretrained.Model.NewlyInitialised is [string missing, ..])
                throw new PeftException(
                    $"{options.Model} has no trained head for {pretrained.Model.Task.ToName()} ('{missing}' is not in its weights); set Adapter to an adapter that has it, for calls that name none.");
            if (model.UntrainedHead is { } untrained)
                throw new PeftException(
                    $"Neither {options.Model} nor an adapter has the head for {pretrained.Model.Task.ToName()} ('{untrained}' is in no file); train one, or give an adapter that has it.");
            if (options.Adapter is null)
                model.Active = Composition.None;
            return new InferenceModel(model, pretrained.Tokenizer, pretrained.Settings, pretrained.Folder, [model, pretrained])
            {
                PaddingId = pretrained.PaddingId,
                DisposeTimeout = options.DisposeTimeout,
            };
        }
        catch
        {
            model?.Dispose();
            pretrained.Dispose();
            throw;
        }
    }

    /// <summary>All adapters of a model read the same tokens.</summary>
    private static void RequireOneTokenizer(PretrainedModel pretrained, string model, IReadOnlyDictionary<string, string> folders)
    {
        foreach ((string name, string folder) in folders.Skip(1))
            if (ModelFiles.Tokenizer(model, folder).Tokenizer is { } tokenizer
                && (tokenizer.VocabularySize != pretrained.Tokenizer.VocabularySize || !tokenizer.AddedTokens.SequenceEqual(pretrained.Tokenizer.AddedTokens)))
                throw new PeftException(
                    $"The tokens of adapter '{name}' ({folder}) are others than those of '{folders.Keys.First()}'; load each on a model of its own.");
    }

    /// <summary>One object answers with one list of labels: another adapter's would name its classes wrongly.</summary>
    private static void RequireSameLabels(IReadOnlyDictionary<string, string> folders)
    {
        (string Name, IReadOnlyList<string> Labels)[] labelled =
            [.. folders.Select(pair => (pair.Key, Labels: AdapterLabels.Of(pair.Value)!)).Where(pair => pair.Labels is not null)];
        foreach ((string name, IReadOnlyList<string> labels) in labelled.Skip(1))
            if (!labels.SequenceEqual(labelled[0].Labels, StringComparer.Ordinal))
                throw new PeftException(
                    $"The adapters '{labelled[0].Name}' ({string.Join(", ", labelled[0].Labels.Take(5))}) and '{name}' ({string.Join(", ", labels.Take(5))}) have different labels, and one object answers with one list of them; load each into an object of its own.");
    }

    /// <summary>
    /// Frees what was loaded as soon as no running call uses it; calls from now on get an <see cref="ObjectDisposedException"/>.
    /// Parts that were given stay their owner's.
    /// </summary>
    public void Dispose()
    {
        foreach (IDisposable part in _owned)
            part.Dispose();
    }

    /// <summary>The same, and waits for the running calls, for <see cref="DisposeTimeout"/> at most; the last one frees what was loaded.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        if (_owned.Length > 0)
            await Task.WhenAny(Model.Base.Users.Freed, Task.Delay(DisposeTimeout)).ConfigureAwait(false);
    }

    /// <summary>Disposes it for an object that may own it.</summary>
    internal void Release(bool isOwned)
    {
        if (isOwned)
            Dispose();
    }

    /// <summary>Checks that the model has the head that an object needs.</summary>
    /// <exception cref="PeftException">It was loaded for another task.</exception>
    internal void Require(TaskType task, string user)
    {
        if (Model.Base.Task != task)
            throw new PeftException(
                $"{user} needs a model loaded for {task.ToName()} and this {Model.Base.Config.ModelType} model was loaded for {Model.Base.Task.ToName()}.");
    }
}
