using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.Methods.HubPrompt;

/// <summary>
/// Prompt tuning as AdapterHub has it, for encoders: the trained rows stand beside the finished embeddings, so they have no
/// positions, and the tokens keep theirs. For prompts that HF PEFT reads, and for decoders, use
/// <see cref="PromptTuning.PromptTuningOptions"/>.
/// </summary>
public sealed record HubPromptOptions : PeftOptions
{
    private static readonly (HubPromptInit Init, string Name)[] _inits =
    [
        (HubPromptInit.RandomUniform, "random_uniform"),
        (HubPromptInit.FromString, "from_string"),
    ];

    private static readonly (HubPromptPlace Place, string Name)[] _places =
    [
        (HubPromptPlace.Prefix, "prefix"),
        (HubPromptPlace.PrefixAfterBos, "prefix_after_bos"),
    ];

    /// <inheritdoc/>
    public override string PeftType => "HUB_PROMPT";

    /// <summary>The number of rows (<c>prompt_length</c>).</summary>
    public int PromptLength { get; init; } = 10;

    /// <summary>How the rows start (<c>prompt_init</c>).</summary>
    public HubPromptInit Init { get; init; }

    /// <summary>The text that they start as (<c>prompt_init_text</c>), for <see cref="HubPromptInit.FromString"/>.</summary>
    public string? InitText { get; init; }

    /// <summary>Where they stand (<c>combine</c>).</summary>
    public HubPromptPlace Combine { get; init; }

    internal static HubPromptOptions Read(JsonSettings settings)
    {
        settings.Raw("init_weights_seed");
        return ReadShared(settings, new HubPromptOptions
        {
            PromptLength = settings.Size("prompt_length", 10),
            Init = settings.Choice("prompt_init", HubPromptInit.RandomUniform, _inits),
            InitText = settings.OptionalText("prompt_init_text"),
            Combine = settings.Choice("combine", HubPromptPlace.Prefix, _places),
        });
    }

    /// <summary>Writes the keys that AdapterHub has.</summary>
    internal void WriteForHub(JsonObject json)
    {
        WriteCommon(json);
        json["architecture"] = "prompt_tuning";
    }

    private protected override void Write(JsonObject json)
    {
        WriteCommon(json);
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }

    private void WriteCommon(JsonObject json)
    {
        json["prompt_length"] = PromptLength;
        json["prompt_init"] = _inits.First(pair => pair.Init == Init).Name;
        json["prompt_init_text"] = InitText;
        json["combine"] = _places.First(pair => pair.Place == Combine).Name;
        json["init_weights_seed"] = null;
    }
}

/// <summary>How the rows of AdapterHub's prompt start.</summary>
public enum HubPromptInit
{
    /// <summary>Uniform in ±0.5 (<c>random_uniform</c>).</summary>
    RandomUniform,

    /// <summary>As the embeddings of a text (<c>from_string</c>).</summary>
    FromString,
}

/// <summary>Where the rows of AdapterHub's prompt stand.</summary>
public enum HubPromptPlace
{
    /// <summary>In front of the text (<c>prefix</c>).</summary>
    Prefix,

    /// <summary>Behind its first token (<c>prefix_after_bos</c>).</summary>
    PrefixAfterBos,
}
