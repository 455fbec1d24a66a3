using System.Globalization;
using PeftSharp.AdapterFolders;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// The checkpoints of one run in its folder: <c>checkpoint-&lt;step&gt;/</c>, each an ordinary adapter folder with
/// <c>optimizer.safetensors</c> and <c>trainer_state.json</c> beside the adapter's files.
/// </summary>
internal sealed class CheckpointStore
{
    private const string Prefix = "checkpoint-", OptimizerName = "optimizer.safetensors", MethodName = "method_state.safetensors", ValuePrefix = "value.";

    private readonly string _folder;
    private readonly int? _limit;
    private readonly SortedSet<long> _own = [];

    public CheckpointStore(CheckpointOptions options)
    {
        _folder = options.OutputDirectory;
        _limit = options.TotalLimit;
    }

    /// <summary>The last checkpoint written or resumed from, or null.</summary>
    public string? Last { get; private set; }

    /// <summary>The folder name of a step.</summary>
    public static string NameOf(long step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step}");

    /// <summary>The folder of a step.</summary>
    public string PathOf(long step) => Path.Combine(_folder, NameOf(step));

    /// <summary>Makes the folder, tries whether it can be written, and removes what a crash left unfinished.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Prepare()
    {
        try
        {
            Directory.CreateDirectory(_folder);
            AtomicFolder.Clean(_folder);
            string probe = Path.Combine(_folder, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"output_dir {_folder} cannot be written: {error.Message}", error);
        }
    }

    /// <summary>The steps of the checkpoints in the folder, in order.</summary>
    public IReadOnlyList<long> Steps() => Directory.Exists(_folder)
        ? [.. Directory.GetDirectories(_folder, $"{Prefix}*").Select(StepOf).OfType<long>().Order()]
        : [];

    /// <summary>The checkpoint to go on from.</summary>
    /// <param name="resumeFrom">A path, or <see cref="CheckpointOptions.Latest"/>.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public string Find(string resumeFrom)
    {
        if (resumeFrom != CheckpointOptions.Latest)
            return Directory.Exists(resumeFrom)
                ? resumeFrom
                : throw new DirectoryNotFoundException($"resume_from_checkpoint: there is no folder {resumeFrom}.");
        return Steps() is [.., var last]
            ? PathOf(last)
            : throw new FileNotFoundException($"resume_from_checkpoint: there is no {Prefix}<step> in {_folder}; leave the option out to start anew.", _folder);
    }

    /// <summary>Reads weights and optimizer state back.</summary>
    /// <exception cref="PeftException">They are those of another adapter.</exception>
    public void Load(string checkpoint, long step, Adapter adapter, AdamWOptimizer optimizer)
    {
        LoadWeights(checkpoint, adapter);
        optimizer.Load(Path.Combine(checkpoint, OptimizerName));
        Last = checkpoint;
        _own.UnionWith(Steps().Where(existing => existing <= step));
    }

    /// <summary>Reads the weights of a checkpoint into an adapter.</summary>
    public static void LoadWeights(string checkpoint, Adapter adapter)
    {
        if (File.Exists(Path.Combine(checkpoint, MethodName)) && adapter.Hook is { } hook)
        {
            LoadMethod(Path.Combine(checkpoint, MethodName), adapter, hook);
            return;
        }
        string weights = Path.Combine(checkpoint, AdapterFolder.WeightsName);
        using SafetensorsFile file = SafetensorsFile.Open(weights);
        AdapterFolder.Fill(adapter, file, weights);
        AdapterFolder.FillEncoder(adapter, checkpoint);
    }

    /// <summary>Writes the checkpoint of a step, whole or not at all, and then removes the oldest beyond the limit.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; earlier checkpoints are untouched.</exception>
    public string Write(TrainingState state, double epoch, long totalSteps, PeftModel model, Adapter adapter, AdamWOptimizer optimizer)
    {
        string path = PathOf(state.Step);
        try
        {
            Directory.CreateDirectory(_folder);
            AtomicFolder.Write(path, folder =>
            {
                JoinedAdapters.Save(model, adapter, folder);
                AdapterFolder.SaveEncoder(adapter, folder);
                optimizer.Save(Path.Combine(folder, OptimizerName));
                SaveMethod(Path.Combine(folder, MethodName), adapter);
                state.Save(folder, epoch, totalSteps);
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The checkpoint {path} could not be written: {error.Message} {(Last is null ? "No earlier one exists." : $"The last one is {Last}.")}", error);
        }
        Last = path;
        _own.Add(state.Step);
        Rotate(state.Step, state.BestStep);
        return path;
    }

    /// <summary>
    /// What a method that changes its adapter in training needs to go on: its own state, and the trained tensors as they are
    /// in memory, where the adapter's file has them as they are saved (AdaLoRA: without the pruned ranks).
    /// </summary>
    private static void SaveMethod(string path, Adapter adapter)
    {
        using var scope = NewDisposeScope();
        if (adapter.Hook?.State() is not { Count: > 0 } state)
            return;
        SafetensorsWriter.Write(
            path, [.. state, .. adapter.Trainable.Select(tensor => (ValuePrefix + tensor.Key, tensor.Value))], new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static void LoadMethod(string path, Adapter adapter, ITrainingHook hook)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (TrainableTensor tensor in adapter.Trainable)
        {
            Tensor? stored = file.Names.Contains(ValuePrefix + tensor.Key) ? file.Load(ValuePrefix + tensor.Key) : null;
            if (stored is null || !stored.shape.SequenceEqual(tensor.Value.shape))
                throw new PeftException($"{path} has no '{ValuePrefix + tensor.Key}' [{string.Join(", ", tensor.Value.shape)}]: it is the state of another adapter.");
            tensor.Value.copy_(stored);
        }
        hook.Restore(file);
    }

    private void Rotate(long newest, long? best)
    {
        if (_limit is not { } limit)
            return;
        int surplus = _own.Count - limit;
        foreach (long step in _own.Where(step => step != newest && step != best).Take(Math.Max(0, surplus)).ToArray())
        {
            string path = PathOf(step);
            if (Directory.Exists(path))
            {
                // Renamed first, so that a crash while deleting leaves no checkpoint with parts missing.
                string doomed = $"{path}{AtomicFolder.TemporaryMark}{Guid.NewGuid():N}";
                Directory.Move(path, doomed);
                Directory.Delete(doomed, recursive: true);
            }
            _own.Remove(step);
        }
    }

    private static long? StepOf(string path) =>
        long.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            && File.Exists(Path.Combine(path, TrainingState.FileName))
            ? step
            : null;
}
