using System.Text.Json;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text.PostProcessors;

/// <summary><c>[CLS] A [SEP]</c> and <c>[CLS] A [SEP] B [SEP]</c>.</summary>
internal sealed class BertProcessor : IPostProcessor
{
    private readonly Layout _single;
    private readonly Layout _pair;

    public BertProcessor(int cls, int sep)
    {
        _single = new Layout(LayoutPart.Special(0, cls), LayoutPart.Of(0, 0), LayoutPart.Special(0, sep));
        _pair = new Layout(
            LayoutPart.Special(0, cls), LayoutPart.Of(0, 0), LayoutPart.Special(0, sep), LayoutPart.Of(1, 1), LayoutPart.Special(1, sep));
    }

    public static BertProcessor Read(JsonPart part)
    {
        part.AllowOnly("type", "sep", "cls");
        return new BertProcessor(ReadToken(part.Get("cls")), ReadToken(part.Get("sep")));
    }

    /// <summary>Reads <c>["[SEP]", 102]</c>.</summary>
    public static int ReadToken(JsonPart part)
    {
        JsonPart[] items = part.IsKind(JsonValueKind.Array) ? [.. part.Items().Take(3)] : [];
        if (items.Length != 2)
            throw part.Expected("a list of a token and its id");
        items[0].String();
        return items[1].Id();
    }

    public Layout LayoutFor(bool pair) => pair ? _pair : _single;
}
