using System.Globalization;
using System.Numerics;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>A floating-point number rounded at a decimal place by its exact value, halves to even, as Python rounds.</summary>
internal static class ExactDecimal
{
    private const int FractionBits = 52;

    /// <summary>The whole number next to |number| · 10^places.</summary>
    public static BigInteger Scaled(double number, int places)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)((bits >> FractionBits) & 0x7FF);
        BigInteger mantissa = (bits & ((1L << FractionBits) - 1)) | (exponent == 0 ? 0 : 1L << FractionBits);
        int power = Math.Max(exponent, 1) - 1023 - FractionBits;
        BigInteger top = mantissa, bottom = 1;
        if (power >= 0)
            top <<= power;
        else
            bottom <<= -power;
        if (places >= 0)
            top *= BigInteger.Pow(10, places);
        else
            bottom *= BigInteger.Pow(10, -places);
        BigInteger whole = BigInteger.DivRem(top, bottom, out BigInteger rest);
        int order = (2 * rest).CompareTo(bottom);
        return order > 0 || (order == 0 && !whole.IsEven) ? whole + 1 : whole;
    }

    /// <summary>The number with so many digits behind the point.</summary>
    public static string Fixed(double number, int digits)
    {
        string text = Scaled(number, digits).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return (double.IsNegative(number) ? "-" : "") + text[..^digits] + (digits > 0 ? "." + text[^digits..] : "");
    }

    /// <summary>The first digits of a number and the power of ten of the first of them.</summary>
    public static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0)
            return (new string('0', count), 0);
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(number)));
        // The logarithm may be off by one at powers of ten, and rounding may add a digit.
        for (int guess = exponent - 1; ; guess++)
        {
            string digits = Scaled(number, count - 1 - guess).ToString(CultureInfo.InvariantCulture);
            if (digits.Length <= count)
                return (digits.PadRight(count, '0'), guess);
        }
    }
}
