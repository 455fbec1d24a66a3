using System.Globalization;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Dates and times by the codes of strftime, in English.</summary>
internal static class TimeFormat
{
    public static string Apply(string format, Run run)
    {
        DateTimeOffset now = run.Clock.GetLocalNow();
        return Expand(format, now, run);
    }

    private static string Expand(string format, DateTimeOffset now, Run run)
    {
        TextSink sink = new(run.Budget);
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                sink.Write(format[i].ToString());
                continue;
            }
            char code = format[++i];
            bool unpadded = code == '-' && i + 1 < format.Length;
            if (unpadded)
                code = format[++i];
            string text = Code(code, now, run);
            sink.Write(unpadded && text.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : unpadded ? text[^1..] : text);
        }
        return sink.ToString();
    }

    private static string Code(char code, DateTimeOffset now, Run run)
    {
        string Pattern(string pattern) => now.ToString(pattern, CultureInfo.InvariantCulture);
        return code switch
        {
            'a' => Pattern("ddd"), 'A' => Pattern("dddd"), 'b' or 'h' => Pattern("MMM"), 'B' => Pattern("MMMM"),
            'd' => Pattern("dd"), 'm' => Pattern("MM"), 'y' => Pattern("yy"), 'Y' => Number(now.Year),
            'H' => Pattern("HH"), 'I' => Pattern("hh"), 'M' => Pattern("mm"), 'S' => Pattern("ss"), 'p' => Pattern("tt"),
            'f' => Pattern("ffffff"), 'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'e' => Number(now.Day).PadLeft(2), 'k' => Number(now.Hour).PadLeft(2), 'l' => Number(((now.Hour + 11) % 12) + 1).PadLeft(2),
            'w' => Number((int)now.DayOfWeek), 'u' => Number(((((int)now.DayOfWeek) + 6) % 7) + 1),
            'U' => Week(now.DayOfYear + 6 - (int)now.DayOfWeek), 'W' => Week(now.DayOfYear + 6 - ((((int)now.DayOfWeek) + 6) % 7)),
            'V' => ISOWeek.GetWeekOfYear(now.DateTime).ToString("00", CultureInfo.InvariantCulture),
            'G' => Number(ISOWeek.GetYear(now.DateTime)), 'g' => (ISOWeek.GetYear(now.DateTime) % 100).ToString("00", CultureInfo.InvariantCulture),
            'C' => (now.Year / 100).ToString("00", CultureInfo.InvariantCulture),
            'D' or 'x' => Expand("%m/%d/%y", now, run), 'F' => Expand("%Y-%m-%d", now, run), 'T' or 'X' => Expand("%H:%M:%S", now, run),
            'R' => Expand("%H:%M", now, run), 'r' => Expand("%I:%M:%S %p", now, run), 'c' => Expand("%a %b %e %H:%M:%S %Y", now, run),
            'n' => "\n", 't' => "\t", '%' => "%",
            'z' or 'Z' => "", // Python's clock without a zone prints none.
            's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            _ => "%" + code,
        };
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Week(int days) => (days / 7).ToString("00", CultureInfo.InvariantCulture);
}
