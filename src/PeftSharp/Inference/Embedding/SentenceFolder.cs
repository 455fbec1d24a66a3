using PeftSharp.IO;

namespace PeftSharp.Inference.Embedding;

/// <summary>What the files of a sentence-transformers folder say of its vectors.</summary>
/// <param name="Pooling">How tokens become a vector.</param>
/// <param name="Stages">The modules behind the pooling, in order.</param>
/// <param name="Limits">What the Transformer module says of texts.</param>
/// <param name="Prompts">The prompts by name.</param>
internal sealed record SentenceFolder(PoolingConfig Pooling, IReadOnlyList<IVectorStage> Stages, TextLimits Limits, SentencePrompts Prompts) : IDisposable
{
    /// <summary>The file of a module's settings.</summary>
    public const string ConfigName = "config.json";

    private const string Known = "Transformer, Pooling, Dense, LayerNorm, Dropout and Normalize are";

    /// <summary>What holds for a folder that says nothing: the mean of the tokens.</summary>
    public static SentenceFolder Default { get; } = new(PoolingConfig.Default, [], TextLimits.None, SentencePrompts.None);

    /// <summary>The files of the modules that have folders of their own, relative to the model's: what must go with its weights.</summary>
    public static IEnumerable<string> ModuleFiles(string folder) =>
        from module in SentenceModule.Of(folder)
        where module.Path.Length > 0
        from name in (string[])[ConfigName, "model.safetensors", "pytorch_model.bin"]
        let file = Path.Combine(module.Path, name)
        where File.Exists(Path.Combine(folder, file))
        select file;

    /// <summary>Reads the files; <see cref="Default"/> where the folder is not one of sentence-transformers.</summary>
    /// <exception cref="FileNotFoundException">A module's file is missing.</exception>
    /// <exception cref="PeftException">A file is not sound, or a module is not supported; says which.</exception>
    public static SentenceFolder Load(string folder)
    {
        IReadOnlyList<SentenceModule> modules = SentenceModule.Of(folder);
        SentencePrompts prompts = SentencePrompts.Load(folder);
        if (modules.Count == 0)
            return Default with { Prompts = prompts };
        RequireOrder(folder, modules);
        List<IVectorStage> stages = [];
        try
        {
            foreach (SentenceModule module in modules.Skip(2))
                if (Stage(folder, module) is { } stage)
                    stages.Add(stage);
            return new(
                PoolingConfig.Load(Path.Combine(modules[1].FolderIn(folder), ConfigName)), stages, TextLimits.Load(folder), prompts);
        }
        catch
        {
            stages.ForEach(stage => stage.Dispose());
            throw;
        }
    }

    /// <summary>The length of a vector behind all modules.</summary>
    /// <exception cref="PeftException">A module takes vectors of another length.</exception>
    public int Width(int hidden) => Stages.Aggregate(hidden * Pooling.Modes.Count, (width, stage) => stage.Width(width));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IVectorStage stage in Stages)
            stage.Dispose();
    }

    /// <summary>Refuses a module that works on the states of single tokens.</summary>
    public static void RequireSentenceVectors(JsonSettings settings)
    {
        foreach (string key in (string[])["module_input_name", "module_output_name"])
            if (settings.OptionalText(key) is { } name and not "sentence_embedding")
                throw new PeftException($"{settings.Source}: '{key}' is '{name}'; only modules on sentence_embedding are supported.");
    }

    /// <summary>Refuses keys that nothing has read: what they change is not known.</summary>
    public static void RefuseUnread(JsonSettings settings)
    {
        if (settings.UnreadKeys.FirstOrDefault(settings.Has) is { } key)
            throw new PeftException($"{settings.Source}: the key '{key}' is not supported.");
    }

    private static void RequireOrder(string folder, IReadOnlyList<SentenceModule> modules)
    {
        string file = Path.Combine(folder, SentenceModule.FileName);
        foreach (SentenceModule module in modules)
            if (module.Kind is not ("Transformer" or "Pooling" or "Dense" or "LayerNorm" or "Dropout" or "Normalize"))
                throw new PeftException($"{file}: the module {module.Type} is not supported; sentence-transformers' {Known}.");
        if (modules.Count < 2 || modules[0].Kind != "Transformer" || modules[1].Kind != "Pooling"
            || modules.Skip(2).FirstOrDefault(module => module.Kind is "Transformer" or "Pooling") is not null)
            throw new PeftException(
                $"{file}: the modules are {string.Join(", ", modules.Select(module => module.Kind))}; supported are Transformer, Pooling and then any others.");
        if (modules[0].FolderIn(folder) != Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            throw new PeftException($"{file}: the transformer is in the folder '{modules[0].Path}'; move its files beside {SentenceModule.FileName} and set its path to \"\".");
    }

    private static IVectorStage? Stage(string folder, SentenceModule module)
    {
        string own = module.FolderIn(folder);
        switch (module.Kind)
        {
            case "Dense":
                return DenseStage.Load(own);
            case "LayerNorm":
                return LayerNormStage.Load(own);
            case "Normalize":
                // Older versions save no config for it.
                if (File.Exists(Path.Combine(own, ConfigName)) && module.Path.Length > 0)
                    RequireSentenceVectors(JsonSettings.Load(Path.Combine(own, ConfigName)));
                return new NormalizeStage();
            default:
                // Dropout does nothing outside of training.
                return null;
        }
    }
}
