using System.Text.Json;

namespace PeftSharp.Text.Loading;

/// <summary>Reads the truncation and padding that a tokenizer.json stores.</summary>
internal static class StoredOptions
{
    public static TruncationOptions? ReadTruncation(JsonPart? part)
    {
        if (part is not { } stored)
            return null;
        stored.AllowOnly("direction", "max_length", "strategy", "stride");
        return new TruncationOptions(stored.Get("max_length").Count())
        {
            Strategy = stored.Get("strategy").Choice(
                ("LongestFirst", TruncationStrategy.LongestFirst),
                ("OnlyFirst", TruncationStrategy.OnlyFirst),
                ("OnlySecond", TruncationStrategy.OnlySecond)),
            Stride = stored.Get("stride").Count(),
            Direction = stored.Find("direction") is { } direction ? ReadSide(direction) : TextSide.Right,
        };
    }

    public static PaddingOptions? ReadPadding(JsonPart? part)
    {
        if (part is not { } stored)
            return null;
        stored.AllowOnly("strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token");
        return new PaddingOptions
        {
            PadId = stored.Get("pad_id").Id(),
            PadToken = stored.Get("pad_token").String(),
            PadTypeId = stored.Get("pad_type_id").Count(),
            Direction = ReadSide(stored.Get("direction")),
            Length = ReadLength(stored.Get("strategy")),
            MultipleOf = stored.Find("pad_to_multiple_of")?.Count(),
        };
    }

    private static int? ReadLength(JsonPart strategy)
    {
        if (strategy.IsKind(JsonValueKind.String))
            return strategy.Choice<int?>(("BatchLongest", null));
        strategy.AllowOnly("Fixed");
        return strategy.Get("Fixed").Count();
    }

    private static TextSide ReadSide(JsonPart part) => part.Choice(("Left", TextSide.Left), ("Right", TextSide.Right));
}
