using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.IO;

namespace PeftSharp.Methods.Union;

/// <summary>Builds the parts of a union into one adapter.</summary>
internal sealed class UnionMethod : IPeftMethod
{
    /// <summary>Methods that train the base itself leave nothing for another one to add.</summary>
    private static readonly string[] _alone = ["UNION", "FULL", "ADAPTER_FUSION"];

    public string PeftType => "UNION";

    public IReadOnlyList<OptionKey> Keys { get; } =
        [new("configs", null, "methods to train as one adapter: a list of objects, each with its peft_type (UNION)")];

    public PeftOptions Read(JsonSettings settings)
    {
        const string Key = "configs";
        if (settings.Raw(Key) is not { ValueKind: JsonValueKind.Array } list)
            return PeftOptions.ReadShared(settings, new UnionOptions());
        List<PeftOptions> parts = [];
        foreach (JsonElement part in list.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object)
                throw settings.Wrong(Key, "a list of objects, each with its peft_type");
            parts.Add(PeftMethods.Read(JsonSettings.Parse(part.GetRawText(), $"{settings.Source}: {Key}[{parts.Count}]")));
        }
        return PeftOptions.ReadShared(settings, new UnionOptions { Parts = parts });
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
            if (own.Parts.Count(other => other.PeftType == part.PeftType) > 1 && part.PeftType != "BOTTLENECK")
                throw new PeftException($"configs has {part.PeftType} twice, whose tensors would have the same names; put them into one.");
            PeftMethods.Plug(builder, part);
        }
    }
}
