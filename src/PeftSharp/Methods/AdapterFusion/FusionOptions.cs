using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.Methods.AdapterFusion;

/// <summary>
/// AdapterFusion (Pfeiffer et al. 2020, arXiv:2005.00247): an attention over the outputs of several bottleneck adapters,
/// one at each place where they work. Only the attention trains. The words are AdapterHub's.
/// </summary>
/// <example><code>
/// model.AddFusion(new FusionOptions { Adapters = ["sst2", "mnli"] });
/// model.Active = Composition.Fuse("sst2", "mnli");
/// </code></example>
public sealed record FusionOptions : PeftOptions
{
    /// <inheritdoc/>
    public override string PeftType => "ADAPTER_FUSION";

    /// <summary>The names of the adapters, in the order of <see cref="Composition.Fuse(string[])"/> (<c>adapter_names</c>).</summary>
    public IReadOnlyList<string> Adapters { get; init; } = [];

    /// <summary>
    /// Folders of trained adapters, or of their runs, in the order of <see cref="Adapters"/> (<c>adapter_folders</c>): adding
    /// the fusion loads them. Without names they go by their folders' (a run's <c>adapter</c> by the run's).
    /// </summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>The sub-layers with a fusion, by module path (<c>places</c>).</summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    /// <summary>Project the query (<c>query</c>).</summary>
    public bool Query { get; init; } = true;

    /// <summary>Project the keys (<c>key</c>).</summary>
    public bool Key { get; init; } = true;

    /// <summary>Project the values (<c>value</c>); false is the "static" fusion.</summary>
    public bool Value { get; init; } = true;

    /// <summary>The query is the sub-layer's output before the norm (<c>query_before_ln</c>).</summary>
    public bool QueryBeforeNorm { get; init; }

    /// <summary>Pull the value projection towards the identity in training (<c>regularization</c>).</summary>
    public bool Regularization { get; init; } = true;

    /// <summary>Add the residual to keys and values, not at the end (<c>residual_before</c>).</summary>
    public bool ResidualBefore { get; init; }

    /// <summary>Soften the attention at the start of training (<c>temperature</c>).</summary>
    public bool Temperature { get; init; }

    /// <summary>Project the values, not their mixture (<c>value_before_softmax</c>).</summary>
    public bool ValueBeforeSoftmax { get; init; } = true;

    /// <summary>Start the value projection as the identity (<c>value_initialized</c>).</summary>
    public bool ValueInitialized { get; init; } = true;

    /// <summary>Dropout on the scores (<c>dropout_prob</c>); null takes the model's <c>attention_probs_dropout_prob</c>.</summary>
    public double? DropoutProbability { get; init; }

    internal static FusionOptions Read(JsonSettings settings) => ReadShared(settings, ReadOwn(settings, new FusionOptions
    {
        Adapters = settings.Names("adapter_names") ?? [],
        Folders = settings.Names("adapter_folders") ?? [],
        Places = settings.Names("places") ?? [],
    }));

    /// <summary>Reads the keys that AdapterHub has.</summary>
    internal static FusionOptions ReadOwn(JsonSettings settings, FusionOptions start) => start with
    {
        Query = settings.Flag("query", true),
        Key = settings.Flag("key", true),
        Value = settings.Flag("value", true),
        QueryBeforeNorm = settings.Flag("query_before_ln", false),
        Regularization = settings.Flag("regularization", true),
        ResidualBefore = settings.Flag("residual_before", false),
        Temperature = settings.Flag("temperature", false),
        ValueBeforeSoftmax = settings.Flag("value_before_softmax", true),
        ValueInitialized = settings.Flag("value_initialized", true),
        DropoutProbability = settings.Has("dropout_prob") ? settings.Probability("dropout_prob", 0) : null,
    };

    /// <summary>Writes the keys that AdapterHub has.</summary>
    internal void WriteForHub(JsonObject json)
    {
        json["query"] = Query;
        json["key"] = Key;
        json["value"] = Value;
        json["query_before_ln"] = QueryBeforeNorm;
        json["regularization"] = Regularization;
        json["residual_before"] = ResidualBefore;
        json["temperature"] = Temperature;
        json["value_before_softmax"] = ValueBeforeSoftmax;
        json["value_initialized"] = ValueInitialized;
        json["dropout_prob"] = DropoutProbability;
    }

    private protected override void Write(JsonObject json)
    {
        WriteForHub(json);
        json["adapter_names"] = new JsonArray([.. Adapters.Select(name => (JsonNode?)name)]);
        json["adapter_folders"] = new JsonArray([.. Folders.Select(folder => (JsonNode?)folder)]);
        json["places"] = new JsonArray([.. Places.Select(place => (JsonNode?)place)]);
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }
}
