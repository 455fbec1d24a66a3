using System.Globalization;
using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Numbers among values; true and false count as 1 and 0.</summary>
internal static class Numbers
{
    public static bool IsNumber(Value value) => value is IntegerValue or FloatValue or BoolValue;

    public static bool TryInteger(Value value, out BigInteger number)
    {
        number = value switch { IntegerValue whole => whole.Number, BoolValue flag => flag.IsTrue ? 1 : 0, _ => 0 };
        return value is IntegerValue or BoolValue;
    }

    public static double ToDouble(Value value) => value is FloatValue number ? number.Number
        : TryInteger(value, out BigInteger whole) ? ToDouble(whole)
        : throw Misfit(value, "a number");

    public static double ToDouble(BigInteger whole) => double.IsFinite((double)whole)
        ? (double)whole
        : throw new TemplateFault("a whole number is too large for a floating-point number");

    /// <summary>An argument that must be a whole number of ordinary size.</summary>
    public static int ToInt(Value? value, int ifMissing, string what)
    {
        if (value is null)
            return ifMissing;
        if (!TryInteger(value, out BigInteger whole))
            throw Misfit(value, $"a whole number for {what}");
        return (int)BigInteger.Clamp(whole, int.MinValue, int.MaxValue);
    }

    public static TemplateFault Misfit(Value value, string wanted) => value is UndefinedValue missing
        ? new TemplateFault(missing.Message)
        : new TemplateFault($"a value of type '{value.TypeName}' stands where {wanted} is needed");

    /// <summary>A floating-point number as Python writes it: the fewest digits that give it back, 1.0 and 1e+20.</summary>
    public static string ToText(double number)
    {
        if (double.IsNaN(number))
            return "nan";
        if (double.IsInfinity(number))
            return number > 0 ? "inf" : "-inf";
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        string sign = number < 0 ? "-" : "";
        string digits = Digits(shortest);
        int exponent = ExponentOf(shortest);
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>The significant digits of a number written in either way.</summary>
    private static string Digits(string text)
    {
        int end = text.IndexOf('E', StringComparison.Ordinal);
        string mantissa = (end < 0 ? text : text[..end]).Replace(".", "", StringComparison.Ordinal).TrimStart('-').TrimStart('0');
        string trimmed = mantissa.TrimEnd('0');
        return trimmed.Length == 0 ? "0" : trimmed;
    }

    /// <summary>The power of ten of the first significant digit.</summary>
    private static int ExponentOf(string shortest)
    {
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        if (mark >= 0)
            return int.Parse(shortest[(mark + 1)..], CultureInfo.InvariantCulture);
        string plain = shortest.TrimStart('-');
        int point = plain.IndexOf('.', StringComparison.Ordinal);
        string whole = point < 0 ? plain : plain[..point];
        if (whole != "0")
            return whole.Length - 1;
        return -plain.AsSpan(2).IndexOfAnyExcept('0') - 1;
    }
}
