using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>When two keys of a dictionary are one: as equality has it, with numbers of all kinds alike. Lists and dictionaries are no keys.</summary>
internal sealed class KeyEquality : IEqualityComparer<Value>
{
    public static KeyEquality Instance { get; } = new();

    public bool Equals(Value? x, Value? y) => x is not null && y is not null && Comparison.AreEqual(x, y);

    public int GetHashCode(Value value) => value switch
    {
        NoneValue => 1,
        UndefinedValue => 2,
        StringValue text => text.Chars.GetHashCode(StringComparison.Ordinal),
        BoolValue or IntegerValue or FloatValue => HashNumber(value),
        TupleValue tuple => tuple.Items.Aggregate(tuple.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        SequenceValue or DictValue => throw new TemplateFault($"a {value.TypeName} cannot be the key of a dictionary"),
        _ => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value),
    };

    private static int HashNumber(Value value)
    {
        if (Numbers.TryInteger(value, out BigInteger whole))
            return whole.GetHashCode();
        double number = ((FloatValue)value).Number;
        return double.IsFinite(number) && number == Math.Floor(number) ? new BigInteger(number).GetHashCode() : number.GetHashCode();
    }
}
