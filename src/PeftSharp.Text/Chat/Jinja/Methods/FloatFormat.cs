using System.Globalization;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>Floating-point numbers with a given number of digits, as <c>f</c>, <c>e</c>, <c>g</c> and <c>%</c> write them.</summary>
internal static class FloatFormat
{
    private const int MostDigits = 1000;

    public static string Format(double number, char type, int precision, bool alternate)
    {
        if (precision > MostDigits)
            throw new TemplateFault($"a number is to be written with {precision} digits; at most {MostDigits} are possible");
        if (!double.IsFinite(number))
            return Numbers.ToText(number) + (type == '%' ? "%" : "");
        return type switch
        {
            'f' or 'F' => Fixed(number, precision, alternate),
            '%' => Fixed(number * 100, precision, alternate) + "%",
            'e' => Scientific(number, precision, alternate),
            'E' => Scientific(number, precision, alternate).ToUpperInvariant(),
            'G' => General(number, precision, alternate, keepPoint: false).ToUpperInvariant(),
            'g' => General(number, precision, alternate, keepPoint: false),
            _ => General(number, precision, alternate, keepPoint: true),
        };
    }

    private static string Fixed(double number, int precision, bool alternate) =>
        ExactDecimal.Fixed(number, precision) + (alternate && precision == 0 ? "." : "");

    private static string Scientific(double number, int precision, bool alternate)
    {
        (string digits, int exponent) = ExactDecimal.Significant(number, precision + 1);
        string sign = double.IsNegative(number) ? "-" : "", point = precision > 0 || alternate ? "." : "";
        return $"{sign}{digits[0]}{point}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>So many significant digits, without zeros at the end; very large and small numbers with an exponent.</summary>
    private static string General(double number, int precision, bool alternate, bool keepPoint)
    {
        precision = Math.Max(precision, 1);
        string scientific = Scientific(number, precision - 1, alternate);
        int mark = scientific.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(scientific[(mark + 1)..], CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= (keepPoint ? precision - 1 : precision))
            return Trim(scientific[..mark], alternate) + scientific[mark..];
        string plain = Trim(Fixed(number, precision - 1 - exponent, alternate), alternate);
        return keepPoint && !plain.Contains('.', StringComparison.Ordinal) ? plain + ".0" : plain;
    }

    private static string Trim(string text, bool alternate) =>
        alternate || !text.Contains('.', StringComparison.Ordinal) ? text : text.TrimEnd('0').TrimEnd('.');
}
