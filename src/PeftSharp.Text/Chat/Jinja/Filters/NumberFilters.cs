using System.Globalization;
using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>Filters that make or change numbers.</summary>
internal static class NumberFilters
{
    public static IEnumerable<KeyValuePair<string, Filter>> All { get; } =
    [
        new("int", ToInteger), new("float", ToFloat), new("round", Round), new("abs", Abs),
    ];

    private static Value ToInteger(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("int", 0, "default", "base");
        Value ifNot = given[0] ?? new IntegerValue(0);
        int numberBase = Numbers.ToInt(given[1], 10, "base");
        switch (value)
        {
            case UndefinedValue missing:
                throw new TemplateFault(missing.Message);
            case FloatValue real:
                return double.IsFinite(real.Number) ? new IntegerValue(new BigInteger(real.Number)) : ifNot;
            case StringValue text:
                run.Budget.SpendChars(text.Chars.Length);
                return ParseInteger(text.Chars, numberBase) is { } parsed ? new IntegerValue(parsed)
                    : ParseFloat(text.Chars) is { } number && double.IsFinite(number) ? new IntegerValue(new BigInteger(number))
                    : ifNot;
            default:
                return Numbers.TryInteger(value, out BigInteger whole) ? new IntegerValue(whole) : ifNot;
        }
    }

    private static Value ToFloat(Value value, Arguments arguments, Run run)
    {
        Value ifNot = arguments.Bind("float", 0, "default")[0] ?? new FloatValue(0);
        return value switch
        {
            UndefinedValue missing => throw new TemplateFault(missing.Message),
            StringValue text => ParseFloat(text.Chars) is { } number ? new FloatValue(number) : ifNot,
            _ => Numbers.IsNumber(value) ? new FloatValue(Numbers.ToDouble(value)) : ifNot,
        };
    }

    private static BigInteger? ParseInteger(string text, int numberBase)
    {
        string digits = CodePointText.Trim(text).ToLowerInvariant();
        bool negative = digits.StartsWith('-');
        digits = negative || digits.StartsWith('+') ? digits[1..] : digits;
        string prefix = numberBase switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "" };
        if (prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.Ordinal))
            digits = digits[2..];
        if (digits.Length is 0 or > 1000 || digits.StartsWith('_') || digits.EndsWith('_') || digits.Contains("__", StringComparison.Ordinal))
            return null;
        BigInteger number = 0;
        foreach (char c in digits)
        {
            if (c == '_')
                continue;
            int digit = c is >= 'a' and <= 'z' ? c - 'a' + 10 : char.IsDigit(c) ? CharUnicodeInfo.GetDecimalDigitValue(c) : int.MaxValue;
            if (digit >= numberBase)
                return null;
            number = (number * numberBase) + digit;
        }
        return negative ? -number : number;
    }

    private static double? ParseFloat(string text)
    {
        string trimmed = CodePointText.Trim(text).ToLowerInvariant();
        string unsigned = trimmed.TrimStart('+', '-');
        if (unsigned is "inf" or "infinity")
            return trimmed.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
        if (unsigned == "nan")
            return double.NaN;
        return double.TryParse(trimmed, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out double number)
            ? number
            : null;
    }

    private static Value Round(Value value, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("round", 0, "precision", "method");
        int precision = Numbers.ToInt(given[0], 0, "precision");
        string method = given[1] is StringValue name ? name.Chars : "common";
        if (method == "common" && Numbers.TryInteger(value, out BigInteger whole))
            return new IntegerValue(RoundWhole(whole, precision));
        double number = Numbers.ToDouble(value);
        double scale = Math.Pow(10, precision);
        return new FloatValue(method switch
        {
            "common" => RoundCommon(number, precision),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw new TemplateFault("round knows the methods common, ceil and floor"),
        });
    }

    private static BigInteger RoundWhole(BigInteger number, int precision)
    {
        if (precision >= 0)
            return number;
        if (-precision > IntegerValue.MostBits)
            return 0;
        BigInteger unit = BigInteger.Pow(10, -precision);
        BigInteger quotient = BigInteger.DivRem(BigInteger.Abs(number), unit, out BigInteger rest);
        int order = (2 * rest).CompareTo(unit);
        return (order > 0 || (order == 0 && !quotient.IsEven) ? quotient + 1 : quotient) * unit * number.Sign;
    }

    private static double RoundCommon(double number, int precision)
    {
        const int Most = 330;
        if (!double.IsFinite(number) || precision > Most)
            return number;
        if (precision < -Most)
            return 0;
        string digits = ExactDecimal.Scaled(number, precision).ToString(CultureInfo.InvariantCulture);
        return double.Parse($"{(double.IsNegative(number) ? "-" : "")}{digits}e{-precision}", CultureInfo.InvariantCulture);
    }

    private static Value Abs(Value value, Arguments arguments, Run run) => value is FloatValue real
        ? new FloatValue(Math.Abs(real.Number))
        : Numbers.TryInteger(value, out BigInteger whole) ? new IntegerValue(BigInteger.Abs(whole)) : throw Numbers.Misfit(value, "a number");
}
