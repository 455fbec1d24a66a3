using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat;

/// <summary>JSON as values of a template.</summary>
internal static class JsonValues
{
    private const int MostDigits = 1000;

    public static Value Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new StringValue(json.GetString()!),
        JsonValueKind.True => BoolValue.True,
        JsonValueKind.False => BoolValue.False,
        JsonValueKind.Number => ReadNumber(json.GetRawText()),
        JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(Read)]),
        JsonValueKind.Object => new DictValue(json.EnumerateObject().Select(property => ((Value)new StringValue(property.Name), Read(property.Value)))),
        _ => NoneValue.Instance,
    };

    private static Value ReadNumber(string text) =>
        text.AsSpan().ContainsAny('.', 'e', 'E') ? new FloatValue(double.Parse(text, CultureInfo.InvariantCulture))
        : text.Length <= MostDigits ? new IntegerValue(BigInteger.Parse(text, CultureInfo.InvariantCulture))
        : throw new ChatTemplateException($"A number of a message has more than {MostDigits} digits.");
}
