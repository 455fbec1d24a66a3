using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Methods;

/// <summary>All methods by <c>peft_type</c>; a new one is a folder beside this file and a line here.</summary>
public static class PeftMethods
{
    private static readonly IPeftMethod[] _all =
    [
        new Lora.LoraMethod(),
        new BitFit.BitFitMethod(),
        new FullFineTuning.FullFineTuningMethod(),
        new TrainableTokens.TrainableTokensMethod(),
        new AdaLora.AdaLoraMethod(),
        new Ia3.Ia3Method(),
        new Vera.VeraMethod(),
        new LoHa.LoHaMethod(),
        new LoKr.LoKrMethod(),
        new Oft.OftMethod(),
        new Boft.BoftMethod(),
        new LnTuning.LnTuningMethod(),
        new PrefixTuning.PrefixTuningMethod(),
        new PromptTuning.PromptTuningMethod(),
        new PTuning.PTuningMethod(),
        new MultitaskPromptTuning.MultitaskPromptTuningMethod(),
        new Miss.MissMethod(),
        new Bottleneck.BottleneckMethod(),
        new Reft.ReftMethod(),
        new AdapterFusion.FusionMethod(),
        new HubLora.HubLoraMethod(),
        new HubPrefix.HubPrefixMethod(),
        new HubPrompt.HubPromptMethod(),
        new Union.UnionMethod(),
    ];

    /// <summary>The known values of <c>peft_type</c>.</summary>
    public static IEnumerable<string> Names => _all.Select(method => method.PeftType);

    /// <summary>The options of all methods that name their own, each once.</summary>
    internal static IEnumerable<OptionKey> Keys => _all.SelectMany(method => method.Keys).DistinctBy(key => key.Name);

    /// <summary>Reads the options of any method, chosen by the key <c>peft_type</c>.</summary>
    /// <exception cref="PeftException">The method is not known, or one of its options is wrong.</exception>
    public static PeftOptions Read(JsonSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string type = settings.Text("peft_type");
        PeftOptions options = Method(type, settings.Source).Read(settings);
        return PeftOptions.KeepUnknown(settings, options);
    }

    /// <summary>Plugs a method into a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The method and its settings.</param>
    /// <param name="name">The adapter's name.</param>
    /// <param name="seed">The seed of its initial values.</param>
    /// <param name="isLoading">What <see cref="AdapterBuilder.IsLoading"/> says.</param>
    /// <param name="file">The file that its tensors will be read from, whose shapes are then compared before any is made.</param>
    internal static Adapter Build(BaseModel model, PeftOptions options, string name, long seed, bool isLoading = false, ICheckpoint? file = null)
    {
        model = options.On(model);
        ModulesToSave.Check(options.ModulesToSave);
        IPeftMethod method = Method(options.PeftType, "options");
        options = options with
        {
            // A saved folder without a task type has no head of its own.
            TaskType = options.TaskType ?? (isLoading ? null : model.Task),
            BaseModelNameOrPath = options.BaseModelNameOrPath ?? NameOf(model.Folder),
        };
        options = method.Resolve(model, WithHeads(method, options, model, file));
        using AdapterBuilder builder = new(model, seed, method.KeyPrefix, file) { IsLoading = isLoading, ModulesToSave = options.ModulesToSave };
        using var noGrad = no_grad();
        // Start values are copied by the builder; what is left of their making goes with this.
        using var scope = NewDisposeScope();
        method.Build(builder, options);
        builder.TrainModules(options.KeepsTies);
        WarnOfAbsent(builder, options);
        WarnOfHead(builder, options);
        TargetedEmbeddings.Carry(builder, options);
        if (options.TrainsHead)
            builder.CarryFromFile();
        if (options is TargetedOptions targeted)
            options = targeted with { FanInFanOut = builder.AdaptsTransposed };
        return builder.Finish(name, options);
    }

    /// <summary>The options with the task's head among the modules to save.</summary>
    private static PeftOptions WithHeads(IPeftMethod method, PeftOptions options, BaseModel model, ICheckpoint? file)
    {
        if (!options.TrainsHead || ModulesToSave.HeadsOf(options.TaskType) is not { } named)
            return options;
        // What peft's list lacks (BART's classification_head) trains all the same; a folder lists it.
        IReadOnlyList<string> heads = file is null ? [.. named, .. ModulesToSave.OtherHeadsOf(model, named)] : named;
        // A folder has the head that it has: peft saves none with methods that do not know modules_to_save.
        bool has = file is not null
            ? HeadParameters(model, heads).Any(parameter => file.Contains(method.KeyPrefix + parameter.Name))
            : method.SavesModules || HeadParameters(model, heads).Any(parameter => model.NewlyInitialised.Contains(parameter.Name));
        if (!has)
            return options;
        // A pooler that the checkpoint lacks is random too: it belongs to the head. A folder names what it has.
        IEnumerable<string> made = file is null ? model.NewlyInitialised.Select(name => name[..name.LastIndexOf('.')]).Distinct() : [];
        return options with { ModulesToSave = ModulesToSave.With(options.ModulesToSave, [.. heads, .. made.Where(module => ModulesToSave.WrapperOf(heads, module) is null)]) };
    }

    /// <summary>Says that a folder lacks the head of its task.</summary>
    private static void WarnOfHead(AdapterBuilder builder, PeftOptions options)
    {
        if (!options.TrainsHead || builder.Saved is not { } file || ModulesToSave.HeadsOf(options.TaskType) is not { } named
            || HeadParameters(builder.Model, [.. named, .. ModulesToSave.OtherHeadsOf(builder.Model, named)]).FirstOrDefault(parameter => !builder.IsSaved(parameter)) is not { } missing)
            return;
        builder.Warn(builder.Model.NewlyInitialised.Contains(missing.Name)
            ? $"Neither {file.Path} nor the base has '{missing.Name}': this head is random, and what it answers means nothing until it is trained."
            : $"{file.Path} has no head ('{missing.Name}'); the base's own is used.");
    }

    /// <summary>peft passes names over that the model does not have; of the usual heads each model has only some.</summary>
    private static void WarnOfAbsent(AdapterBuilder builder, PeftOptions options)
    {
        IEnumerable<Parameter> all = builder.Model.Parameters.Concat(builder.Model.TiedParameters);
        foreach (string name in (options.ModulesToSave ?? []).Except(ModulesToSave.HeadsOf(options.TaskType) ?? []))
            if (!all.Any(parameter => ModulesToSave.WrapperOf([name], parameter.ModulePath) is not null))
                builder.Warn($"modules_to_save: '{name}' is no module of this model{NearestName.Suggestion(name, builder.Model.Nodes.Select(node => node.Name))}; it is passed over.");
    }

    private static IEnumerable<Parameter> HeadParameters(BaseModel model, IReadOnlyList<string> heads) =>
        model.Parameters.Where(parameter => ModulesToSave.WrapperOf(heads, parameter.ModulePath) is not null);

    /// <summary>A model of the cache is called by its id, which means the same on any machine.</summary>
    private static string? NameOf(string? folder) => folder is null ? null : HubCache.IdOf(folder) ?? folder;

    /// <summary>Fills in what the options of one method of several leave to the model.</summary>
    internal static PeftOptions Resolve(BaseModel model, PeftOptions options) => Method(options.PeftType, "options").Resolve(model, options);

    /// <summary>Plugs one method of several into an adapter that is being built.</summary>
    internal static void Plug(AdapterBuilder builder, PeftOptions options) => Method(options.PeftType, "options").Build(builder, options);

    private static IPeftMethod Method(string type, string source) =>
        _all.FirstOrDefault(method => method.PeftType == type)
        ?? throw new PeftException(
            $"{source}: peft_type '{type}' is not supported{NearestName.Suggestion(type, Names)}; it is one of {string.Join(", ", Names)}.");
}
