using PeftSharp.AdapterFolders.Hub;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.AdapterFolders;

/// <summary>Adapter folders as HF PEFT writes them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
internal static class AdapterFolder
{
    public const string ConfigName = PeftOptions.FileName;
    public const string WeightsName = "adapter_model.safetensors";

    /// <summary>What older versions of peft wrote; read where the other file is not there.</summary>
    public const string OldWeightsName = "adapter_model.bin";

    /// <summary>Where a run keeps its adapter.</summary>
    public const string NameInRun = "adapter";

    /// <summary>Beside the adapter in a checkpoint: the parameters of a prompt encoder, which HF's format leaves out.</summary>
    public const string EncoderName = "prompt_encoder.safetensors";

    /// <summary>The adapter folder in a folder that is one or is a run, or null.</summary>
    public static string? In(string path)
    {
        string[] places = [path, Path.Combine(path, NameInRun)];
        foreach (string place in places)
            AtomicFolder.Recover(place);
        return places.FirstOrDefault(folder => File.Exists(Path.Combine(folder, ConfigName)));
    }

    /// <summary>The same, where there must be one.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Require(string path) => In(path)
        ?? throw new FileNotFoundException($"{path} is no adapter folder: it has no {ConfigName} and no {NameInRun}/{ConfigName}.", path);

    /// <summary>Reads the options of an adapter folder.</summary>
    /// <exception cref="FileNotFoundException">The folder is not an adapter folder.</exception>
    public static PeftOptions LoadOptions(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{folder} has no {ConfigName}; an adapter folder holds {ConfigName} and {WeightsName}.", path);
        JsonSettings settings = JsonSettings.Load(path);
        return HubConfig.Is(settings) ? HubConfig.Read(settings).Options : PeftMethods.Read(settings);
    }

    /// <summary>Reads an adapter folder into an adapter of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name that the adapter gets.</param>
    /// <param name="withHead">False to leave out the modules that were trained whole, which may be another task's.</param>
    /// <exception cref="PeftException">Keys are missing or too many, or a shape differs: the adapter is another base's.</exception>
    public static Adapter Load(BaseModel model, string folder, string name, bool withHead = true)
    {
        if (File.Exists(Path.Combine(folder, HubFusionFolder.ConfigName)))
            return HubFusionFolder.Load(model, folder, name == PeftModel.DefaultAdapter ? null : name);
        PeftOptions options = LoadOptions(folder);
        JsonSettings settings = JsonSettings.Load(Path.Combine(folder, ConfigName));
        if (HubConfig.Is(settings))
            return HubFolder.Load(model, settings, folder, name, withHead);
        IReadOnlyList<string> leftOut = withHead ? [] : ModulesToSave.With(options.ModulesToSave, ModulesToSave.HeadsOf(options.TaskType)) ?? [];
        if (!withHead)
            options = options with { ModulesToSave = [], TrainsHead = false };
        using ICheckpoint file = OpenWeights(folder);
        Adapter adapter = PeftMethods.Build(model, options, name, seed: 0, isLoading: true, file);
        try
        {
            Fill(adapter, file, file.Path, leftOut);
            adapter.Warnings = [.. UnknownKeys.Warnings(settings, adapter.Options), .. adapter.Warnings];
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Opens the weights of an adapter folder.</summary>
    /// <exception cref="FileNotFoundException">It has none.</exception>
    public static ICheckpoint OpenWeights(string folder) => Checkpoint.OpenIn(folder, WeightsName, OldWeightsName)
        ?? throw new FileNotFoundException($"{folder} has no {WeightsName} (nor {OldWeightsName}).", Path.Combine(folder, WeightsName));

    /// <summary>Writes an adapter; each file is written whole or not at all.</summary>
    public static void Save(Adapter adapter, string folder)
    {
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        ITrainingHook? hook = adapter.Hook;
        List<(string, Tensor)> tensors =
        [
            .. adapter.Trainable.Where(tensor => tensor.IsSaved).Select(tensor => (tensor.Key, hook?.Stored(tensor) ?? tensor.Value)),
            .. adapter.Computed.Select(tensor => (tensor.Key, tensor.Compute())),
            .. adapter.Frozen.Select(tensor => (tensor.Key, tensor.Value)),
        ];
        foreach (CarriedTensor carried in adapter.Carried)
        {
            Tensor value = carried.OfBase ? carried.Parameter.Stored : adapter.Effective(carried.Parameter);
            tensors.Add((carried.Key, value.detach().to(ScalarType.Float32)));
        }
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        PeftOptions options = hook?.Stored(adapter.Options) ?? adapter.Options;
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), PythonJson.Write(PatternOrder.Kept(options, adapter).ToJson(), PatternOrder.KeysOf(options)));
    }

    /// <summary>Writes the trainable tensors that an adapter folder does not hold, if there are any.</summary>
    public static void SaveEncoder(Adapter adapter, string folder)
    {
        TrainableTensor[] rest = [.. adapter.Trainable.Where(tensor => !tensor.IsSaved)];
        if (rest.Length > 0)
            SafetensorsWriter.Write(Path.Combine(folder, EncoderName), [.. rest.Select(tensor => (tensor.Key, tensor.Value))], new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads back what <see cref="SaveEncoder"/> wrote.</summary>
    /// <exception cref="PeftException">The file is not there or is another adapter's.</exception>
    public static void FillEncoder(Adapter adapter, string folder)
    {
        TrainableTensor[] rest = [.. adapter.Trainable.Where(tensor => !tensor.IsSaved)];
        if (rest.Length == 0)
            return;
        string path = Path.Combine(folder, EncoderName);
        if (!File.Exists(path))
            throw new PeftException($"{folder} has no {EncoderName}, so the prompt encoder that was being trained cannot go on from it; start training anew.");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using var noGrad = no_grad();
        foreach (TrainableTensor tensor in rest)
            if (file.Names.Contains(tensor.Key))
                Copy(file, tensor.Key, tensor.Value, path);
            else
                throw new PeftException($"{path} has no '{tensor.Key}': it is of another adapter.");
    }

    /// <summary>Copies the tensors of a file into the adapter; those of some modules may be left over.</summary>
    internal static void Fill(Adapter adapter, ICheckpoint file, string source, IReadOnlyList<string>? leftOut = null)
    {
        HashSet<string> unexpected = [.. file.Names];
        unexpected.ExceptWith(adapter.Computed.Select(tensor => tensor.Key));
        unexpected.ExceptWith(adapter.IgnoredKeys);
        List<string> missing = [];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (TrainableTensor tensor in adapter.Trainable.Where(tensor => tensor.IsSaved).Concat(adapter.Frozen))
        {
            if (unexpected.Remove(tensor.Key))
                Copy(file, tensor.Key, tensor.Value, source);
            else if (!adapter.OptionalKeys.Contains(tensor.Key))
                missing.Add(tensor.Key);
        }
        foreach (CarriedTensor carried in adapter.Carried)
        {
            if (!unexpected.Remove(carried.Key) || !carried.AppliesOnLoad)
                continue;
            Tensor frozen = adapter.Effective(carried.Parameter);
            Tensor stored = file.Load(carried.Key);
            // A vocabulary may have been resized.
            bool sameShape = stored.shape.SequenceEqual(frozen.shape);
            if (!sameShape && !(adapter.Model.IsOfVocabulary(carried.Parameter) && stored.dim() == 2 && stored.shape[1] == frozen.shape[1]))
                ExpectedSizes.Check(carried.Key, frozen.shape, stored.shape, source);
            Tensor cast = stored.to(frozen.dtype, frozen.device);
            if (!sameShape || cast.ne(frozen).any().item<bool>())
                adapter.Replace(carried.Parameter, cast.clone());
        }
        foreach (string module in leftOut ?? [])
            unexpected.RemoveWhere(key => ModulesToSave.WrapperOf([module], key[..Math.Max(0, key.LastIndexOf('.'))]) is not null);
        if (missing.Count > 0 || unexpected.Count > 0)
            throw new PeftException(
                $"{source} does not fit this base model and {ConfigName}: {Describe("missing", missing)}{Describe("unexpected", unexpected)}is it an adapter of another base?");
    }

    private static void Copy(ICheckpoint file, string key, Tensor into, string source)
    {
        using Tensor stored = file.Load(key);
        ExpectedSizes.Check(key, into.shape, stored.shape, source);
        into.copy_(stored);
    }

    private static string Describe(string word, IReadOnlyCollection<string> keys) =>
        keys.Count == 0 ? "" : $"{keys.Count} {word} ({string.Join(", ", keys.Order(StringComparer.Ordinal).Take(3))}{(keys.Count > 3 ? ", …" : "")}); ";
}
