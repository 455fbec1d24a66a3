using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Methods.Union;

/// <summary>Builds the parts of a union into one adapter.</summary>
internal sealed class UnionMethod : IPeftMethod
{
    /// <summary>Methods that train the base itself, or that steer the training, stand alone.</summary>
    private static readonly string[] _alone = ["UNION", "FULL", "ADAPTER_FUSION", "ADALORA"];

    public string PeftType => "UNION";

    public IReadOnlyList<OptionKey> Keys { get; } =
        [new("configs", null, "methods to train as one adapter: a list of objects, each with its peft_type (UNION)")];

    public PeftOptions Read(JsonSettings settings)
    {
        const string Key = "configs";
        if (settings.Raw(Key) is not { ValueKind: JsonValueKind.Array } list)
            return PeftOptions.ReadShared(settings, settings.Text("preset", "") switch
            {
                "" => new UnionOptions(),
                "mam" => UnionOptions.Mam,
                "unipelt" => UnionOptions.UniPelt,
                _ => throw settings.Wrong("preset", "mam or unipelt, or left out for configs"),
            });
        List<PeftOptions> parts = [];
        foreach (JsonElement part in list.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object)
                throw settings.Wrong(Key, "a list of objects, each with its peft_type");
            parts.Add(PeftMethods.Read(JsonSettings.Parse(part.GetRawText(), $"{settings.Source}: {Key}[{parts.Count}]")));
        }
        return PeftOptions.ReadShared(settings, new UnionOptions { Parts = parts });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options)
    {
        UnionOptions own = (UnionOptions)options;
        return own with { Parts = [.. own.Parts.Select(part => PeftMethods.Resolve(model, part))] };
    }

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        UnionOptions own = (UnionOptions)options;
        if (own.Parts.Count == 0)
            throw new PeftException("A union has no parts; list them in configs, each with its peft_type.");
        foreach (PeftOptions part in own.Parts)
        {
            if (_alone.Contains(part.PeftType))
                throw new PeftException($"{part.PeftType} cannot be part of a union.");
            PeftMethods.Plug(builder, part);
        }
        if (builder.DuplicateKey is { } key)
            throw new PeftException($"Two of the configs ({string.Join(", ", own.Parts.Select(part => part.PeftType))}) train '{key}'; give them different places, or make them one.");
    }
}
