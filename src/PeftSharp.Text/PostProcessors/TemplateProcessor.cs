using PeftSharp.Text.Loading;

namespace PeftSharp.Text.PostProcessors;

/// <summary>Special tokens and sequences in an order that the file spells out, with a type id each.</summary>
internal sealed class TemplateProcessor : IPostProcessor
{
    private readonly Layout _single;
    private readonly Layout _pair;

    public TemplateProcessor(Layout single, Layout pair)
    {
        _single = single;
        _pair = pair;
    }

    public static TemplateProcessor Read(JsonPart part)
    {
        part.AllowOnly("type", "single", "pair", "special_tokens");
        Dictionary<string, int[]> specials = ReadSpecialTokens(part.Get("special_tokens"));
        return new TemplateProcessor(
            ReadTemplate(part.Get("single"), specials, sequences: 1),
            ReadTemplate(part.Get("pair"), specials, sequences: 2));
    }

    public Layout LayoutFor(bool pair) => pair ? _pair : _single;

    private static Dictionary<string, int[]> ReadSpecialTokens(JsonPart part)
    {
        Dictionary<string, int[]> specials = [];
        part.RequireKind(System.Text.Json.JsonValueKind.Object, "an object");
        foreach (System.Text.Json.JsonProperty property in part.Element.EnumerateObject())
        {
            string name = part.NameOf(property);
            JsonPart special = new(property.Value, part.File, $"{part.Path}.{JsonPart.Shorten(name)}");
            special.AllowOnly("id", "ids", "tokens");
            int[] ids = [.. special.Get("ids").Items().Select(item => item.Id())];
            if (ids.Length != special.Get("tokens").Items().Count())
                throw special.Error("\"ids\" and \"tokens\" differ in length.");
            specials.Add(name, ids);
        }
        return specials;
    }

    private static Layout ReadTemplate(JsonPart part, Dictionary<string, int[]> specials, int sequences)
    {
        Layout layout = new([.. part.Items().Select(piece => ReadPiece(piece, specials, sequences))]);
        for (int sequence = 0; sequence < sequences; sequence++)
            if (!layout.Parts.Any(p => p.Sequence == sequence))
                throw part.Error($"the template does not use sequence \"{"AB"[sequence]}\".");
        return layout;
    }

    private static LayoutPart ReadPiece(JsonPart part, Dictionary<string, int[]> specials, int sequences)
    {
        part.AllowOnly("Sequence", "SpecialToken");
        if (part.Find("Sequence") is { } sequence)
        {
            sequence.AllowOnly("id", "type_id");
            int index = sequence.Get("id").Choice(("A", 0), ("B", 1));
            return index < sequences
                ? LayoutPart.Of(index, sequence.Get("type_id").Count())
                : throw sequence.Error("the template of a single sequence uses sequence \"B\".");
        }
        JsonPart special = part.Get("SpecialToken");
        special.AllowOnly("id", "type_id");
        string id = special.Get("id").String();
        return specials.TryGetValue(id, out int[]? ids)
            ? LayoutPart.Special(special.Get("type_id").Count(), ids)
            : throw special.Error($"\"{JsonPart.Shorten(id)}\" is not among \"special_tokens\".");
    }
}
