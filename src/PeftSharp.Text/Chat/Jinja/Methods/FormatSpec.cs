using System.Globalization;
using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>A format such as <c>&gt;8</c>, <c>05d</c> or <c>,.2f</c>: <c>[[fill]align][sign][#][0][width][,][.precision][type]</c>.</summary>
internal sealed record FormatSpec
{
    public string Fill { get; init; } = " ";

    public char? Align { get; init; }

    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public int Width { get; init; }

    public char? Group { get; init; }

    public int? Precision { get; init; }

    public char? Type { get; init; }

    public static FormatSpec Parse(string text)
    {
        FormatSpec spec = new();
        int place = 0;
        char At(int i) => i < text.Length ? text[i] : '\0';
        if (At(1) is '<' or '>' or '=' or '^')
            spec = spec with { Fill = text[..1], Align = text[(place = 1)..][0] };
        else if (At(0) is '<' or '>' or '=' or '^')
            spec = spec with { Align = text[0] };
        place = spec.Align is null ? 0 : place + 1;
        if (At(place) is '+' or '-' or ' ')
            spec = spec with { Sign = text[place++] };
        if (At(place) == '#')
            (spec, place) = (spec with { Alternate = true }, place + 1);
        if (At(place) == '0')
            (spec, place) = (spec.Align is null ? spec with { Fill = "0", Align = '=' } : spec with { Fill = "0" }, place + 1);
        spec = spec with { Width = Number(text, ref place) ?? 0 };
        if (At(place) is ',' or '_')
            spec = spec with { Group = text[place++] };
        if (At(place) == '.')
        {
            place++;
            spec = spec with { Precision = Number(text, ref place) ?? throw new TemplateFault($"the format '{text}' has no precision behind its point") };
        }
        if (place < text.Length)
            spec = spec with { Type = text[place++] };
        return place == text.Length ? spec : throw new TemplateFault($"the format '{text}' is not understood");
    }

    public string Format(Value value, Run run)
    {
        if (value is IntegerValue or FloatValue || (value is BoolValue && Type is not null and not 's'))
            return Pad(NumberText(value), '>', run, isNumber: true);
        if (Type is not null and not 's')
            throw new TemplateFault($"the format '{Type}' does not fit a value of type '{value.TypeName}'");
        string text = Printing.Text(value, run);
        if (Precision is { } most)
            text = string.Concat(CodePointText.Split(text).Take(most));
        return Pad(text, '<', run, isNumber: false);
    }

    private static int? Number(string text, ref int place)
    {
        int start = place;
        while (place < text.Length && char.IsAsciiDigit(text[place]))
            place++;
        if (place == start)
            return null;
        return int.TryParse(text.AsSpan(start, place - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new TemplateFault("a number in a format is too large");
    }

    private string NumberText(Value value)
    {
        bool isWhole = Numbers.TryInteger(value, out BigInteger whole);
        string text = Type switch
        {
            null or 'n' when isWhole => Grouped(whole.ToString(CultureInfo.InvariantCulture)),
            'd' when isWhole => Grouped(whole.ToString(CultureInfo.InvariantCulture)),
            'x' when isWhole => InBase(whole, 16, "0x"),
            'X' when isWhole => InBase(whole, 16, "0X").ToUpperInvariant(),
            'o' when isWhole => InBase(whole, 8, "0o"),
            'b' when isWhole => InBase(whole, 2, "0b"),
            'c' when isWhole && whole >= 0 && whole <= 0x10FFFF && !(whole >= 0xD800 && whole <= 0xDFFF) => char.ConvertFromUtf32((int)whole),
            'f' or 'F' or 'e' or 'E' or 'g' or 'G' or '%' => Grouped(FloatFormat.Format(Numbers.ToDouble(value), Type.Value, Precision ?? 6, Alternate)),
            null when Precision is { } precision => Grouped(FloatFormat.Format(Numbers.ToDouble(value), '\0', precision, Alternate)),
            null => Grouped(Numbers.ToText(Numbers.ToDouble(value))),
            _ => throw new TemplateFault($"the format '{Type}' does not fit a value of type '{value.TypeName}'"),
        };
        return text.StartsWith('-') || Sign == '-' ? text : Sign + text;
    }

    private string InBase(BigInteger number, int numberBase, string prefix)
    {
        BigInteger rest = BigInteger.Abs(number);
        string digits = rest.IsZero ? "0" : "";
        for (; !rest.IsZero; rest /= numberBase)
            digits = "0123456789abcdef"[(int)(rest % numberBase)] + digits;
        return (number.Sign < 0 ? "-" : "") + (Alternate ? prefix : "") + digits;
    }

    private string Grouped(string text)
    {
        if (Group is not { } mark)
            return text;
        int start = text.StartsWith('-') ? 1 : 0;
        int end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        for (int i = end - 3; i > start; i -= 3)
            text = text.Insert(i, mark.ToString());
        return text;
    }

    private string Pad(string text, char usual, Run run, bool isNumber)
    {
        int missing = Width - CodePointText.Length(text);
        if (missing <= 0)
            return text;
        run.Budget.SpendChars(Width);
        char align = Align ?? usual;
        if (align == '=' && !isNumber)
            throw new TemplateFault("'=' in a format is for numbers");
        if (align == '=' && Group is not null)
            throw new TemplateFault("zeros in front of grouped digits are not supported");
        int signed = align == '=' && text.Length > 0 && text[0] is '-' or '+' or ' ' ? 1 : 0;
        string Filling(int times) => string.Concat(Enumerable.Repeat(Fill, times));
        return align switch
        {
            '<' => text + Filling(missing),
            '^' => Filling(missing / 2) + text + Filling(missing - (missing / 2)),
            '=' => text[..signed] + Filling(missing) + text[signed..],
            _ => Filling(missing) + text,
        };
    }
}
