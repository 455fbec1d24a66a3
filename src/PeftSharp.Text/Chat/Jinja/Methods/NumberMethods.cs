using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>The few attributes of numbers that mean something in a template.</summary>
internal static class NumberMethods
{
    public static Value? Find(Value number, string name) => name switch
    {
        "is_integer" => new FunctionValue(name, (_, _) => BoolValue.Of(
            number is not FloatValue real || (double.IsFinite(real.Number) && real.Number == Math.Floor(real.Number)))),
        "bit_length" when Numbers.TryInteger(number, out System.Numerics.BigInteger whole) => new FunctionValue(name, (_, _) =>
            new IntegerValue((long)System.Numerics.BigInteger.Abs(whole).GetBitLength())),
        "real" => number is FloatValue ? number : Arithmetic.Plus(number),
        "imag" => number is FloatValue ? new FloatValue(0) : new IntegerValue(0),
        _ => null,
    };
}
