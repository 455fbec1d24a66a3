using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Filters;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>The operators + − * / // % ** and the signs, as Python has them.</summary>
internal static class Arithmetic
{
    public static Value Apply(string operation, Value left, Value right, Run run)
    {
        if (left is UndefinedValue || right is UndefinedValue)
            throw new TemplateFault(((left as UndefinedValue) ?? (UndefinedValue)right).Message);
        return operation switch
        {
            "+" => Add(left, right, run),
            "*" => Multiply(left, right, run),
            "%" when left is StringValue format => new StringValue(PercentFormat.Apply(format.Chars, right, run)),
            _ => Compute(operation, left, right),
        };
    }

    public static Value Negate(Value value) => value is FloatValue number
        ? new FloatValue(-number.Number)
        : new IntegerValue(-Whole(value));

    public static Value Plus(Value value) => value is FloatValue ? value : new IntegerValue(Whole(value));

    private static BigInteger Whole(Value value) =>
        Numbers.TryInteger(value, out BigInteger whole) ? whole : throw Numbers.Misfit(value, "a number");

    private static Value Add(Value left, Value right, Run run)
    {
        switch (left, right)
        {
            case (StringValue a, StringValue b):
                run.Budget.SpendChars((long)a.Chars.Length + b.Chars.Length);
                return left is MarkupValue || right is MarkupValue
                    ? new MarkupValue(Html.Escape(a, run) + Html.Escape(b, run))
                    : new StringValue(a.Chars + b.Chars);
            case (ListValue a, ListValue b):
                run.Budget.Spend((long)a.Items.Count + b.Items.Count);
                return new ListValue([.. a.Items, .. b.Items]);
            case (TupleValue a, TupleValue b):
                run.Budget.Spend((long)a.Items.Count + b.Items.Count);
                return new TupleValue([.. a.Items, .. b.Items]);
            default:
                return Compute("+", left, right);
        }
    }

    private static Value Multiply(Value left, Value right, Run run)
    {
        if (right is StringValue or ListValue or TupleValue)
            (left, right) = (right, left);
        if (left is not (StringValue or ListValue or TupleValue))
            return Compute("*", left, right);
        if (!Numbers.TryInteger(right, out BigInteger wanted))
            throw Numbers.Misfit(right, "a whole number of repetitions");
        int times = (int)BigInteger.Clamp(wanted, 0, int.MaxValue);
        if (left is StringValue text)
        {
            run.Budget.SpendChars((long)text.Chars.Length * times);
            return new StringValue(text.Chars.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text.Chars, times)));
        }
        IReadOnlyList<Value> items = ((SequenceValue)left).Items;
        run.Budget.Spend((long)items.Count * times);
        IReadOnlyList<Value> repeated = items.Count == 0 ? [] : [.. Enumerable.Repeat(items, times).SelectMany(each => each)];
        return left is ListValue ? new ListValue(repeated) : new TupleValue(repeated);
    }

    private static Value Compute(string operation, Value left, Value right)
    {
        if (!Numbers.IsNumber(left) || !Numbers.IsNumber(right))
            throw new TemplateFault($"'{operation}' does not work on values of types '{left.TypeName}' and '{right.TypeName}'");
        return Numbers.TryInteger(left, out BigInteger a) && Numbers.TryInteger(right, out BigInteger b)
            ? OnIntegers(operation, a, b)
            : OnFloats(operation, Numbers.ToDouble(left), Numbers.ToDouble(right));
    }

    private static Value OnIntegers(string operation, BigInteger a, BigInteger b) => operation switch
    {
        "+" => new IntegerValue(a + b),
        "-" => new IntegerValue(a - b),
        "*" => new IntegerValue(a * b),
        "/" => OnFloats("/", Numbers.ToDouble(a), Numbers.ToDouble(b)),
        "//" => new IntegerValue(FloorDivide(a, b)),
        "%" => new IntegerValue(a - (FloorDivide(a, b) * b)),
        _ => Power(a, b),
    };

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        RefuseZero(b.IsZero);
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return !rest.IsZero && rest.Sign != b.Sign ? quotient - 1 : quotient;
    }

    private static Value Power(BigInteger a, BigInteger b)
    {
        if (b.Sign < 0)
            return OnFloats("**", Numbers.ToDouble(a), Numbers.ToDouble(b));
        if (BigInteger.Abs(a) > 1 && b * (a.GetBitLength() - 1) > IntegerValue.MostBits)
            throw new TemplateFault($"a whole number grew beyond {IntegerValue.MostBits} bits");
        return new IntegerValue(BigInteger.Abs(a) <= 1 ? SmallPower(a, b) : BigInteger.Pow(a, (int)b));
    }

    private static BigInteger SmallPower(BigInteger a, BigInteger b) => b.IsZero || a.IsOne || (a == -1 && b.IsEven) ? 1 : a;

    private static FloatValue OnFloats(string operation, double a, double b)
    {
        RefuseZero(b == 0 && operation is ("/" or "//" or "%"));
        return new FloatValue(operation switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor((a - Modulo(a, b)) / b),
            "%" => Modulo(a, b),
            _ => RaiseTo(a, b),
        });
    }

    private static double Modulo(double a, double b)
    {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }

    private static double RaiseTo(double a, double b)
    {
        RefuseZero(a == 0 && b < 0);
        double power = Math.Pow(a, b);
        return double.IsNaN(power) && !double.IsNaN(a) && !double.IsNaN(b)
            ? throw new TemplateFault("a power of a negative number is no real number")
            : power;
    }

    private static void RefuseZero(bool isZero)
    {
        if (isZero)
            throw new TemplateFault("division by zero");
    }
}
