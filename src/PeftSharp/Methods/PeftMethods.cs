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
        TaskType task = options.TaskType ?? model.Task;
        options = options with
        {
            TaskType = task,
            BaseModelNameOrPath = options.BaseModelNameOrPath ?? model.Folder,
            ModulesToSave = options.ModulesToSave ?? HeadsOf(task),
        };
        IPeftMethod method = Method(options.PeftType, "options");
        options = method.Resolve(model, options);
        using AdapterBuilder builder = new(model, seed, method.KeyPrefix, file) { IsLoading = isLoading };
        using var noGrad = no_grad();
        // Start values are copied by the builder; what is left of their making goes with this.
        using var scope = NewDisposeScope();
        method.Build(builder, options);
        // HF writes the heads of prompt methods twice.
        IReadOnlyList<string> wanted = [.. (options.ModulesToSave ?? []).Distinct(StringComparer.Ordinal)];
        IReadOnlyList<string> unmatched = builder.TrainModules(wanted);
        // Which of HF's usual head names a model has depends on its family; a name of the user's own must be there.
        if (HeadsOf(task) is not { } usual || !wanted.SequenceEqual(usual))
            if (unmatched.Count > 0)
                throw new PeftException(
                    $"modules_to_save: '{unmatched[0]}' is no module of this model{NearestName.Suggestion(unmatched[0], model.Nodes.Select(node => node.Name))}.");
        return builder.Finish(name, options);
    }

    /// <summary>Fills in what the options of one method of several leave to the model.</summary>
    internal static PeftOptions Resolve(BaseModel model, PeftOptions options) => Method(options.PeftType, "options").Resolve(model, options);

    /// <summary>Plugs one method of several into an adapter that is being built.</summary>
    internal static void Plug(AdapterBuilder builder, PeftOptions options) => Method(options.PeftType, "options").Build(builder, options);

    /// <summary>The heads that HF adds to <c>modules_to_save</c> for a task.</summary>
    private static string[]? HeadsOf(TaskType task) => task switch
    {
        TaskType.SequenceClassification or TaskType.TokenClassification => ["classifier", "score"],
        TaskType.QuestionAnswering => ["qa_outputs"],
        _ => null,
    };

    private static IPeftMethod Method(string type, string source) =>
        _all.FirstOrDefault(method => method.PeftType == type)
        ?? throw new PeftException(
            $"{source}: peft_type '{type}' is not supported{NearestName.Suggestion(type, Names)}; it is one of {string.Join(", ", Names)}.");
}
