using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>True or false.</summary>
internal sealed class BoolValue : Value
{
    private readonly bool _value;

    private BoolValue(bool value) => _value = value;

    public static BoolValue True { get; } = new(true);

    public static BoolValue False { get; } = new(false);

    public override string TypeName => "bool";

    public override bool IsTrue => _value;

    public static BoolValue Of(bool value) => value ? True : False;
}

/// <summary>A whole number of bounded length.</summary>
internal sealed class IntegerValue : Value
{
    /// <summary>More bits than any template needs, and few enough to compute with at once.</summary>
    public const int MostBits = 4096;

    public IntegerValue(BigInteger value)
    {
        if (value.GetBitLength() > MostBits)
            throw new TemplateFault($"a whole number grew beyond {MostBits} bits");
        Number = value;
    }

    public BigInteger Number { get; }

    public override string TypeName => "int";

    public override bool IsTrue => !Number.IsZero;
}

/// <summary>A floating-point number.</summary>
internal sealed class FloatValue(double value) : Value
{
    public double Number => value;

    public override string TypeName => "float";

    public override bool IsTrue => value != 0;
}

/// <summary>A text.</summary>
internal class StringValue(string value) : Value
{
    public static StringValue Empty { get; } = new("");

    public string Chars => value;

    public override string TypeName => "str";

    public override bool IsTrue => value.Length > 0;

    public override long Weight => 1 + (value.Length / Budget.CharsAStep);
}

/// <summary>A text that is HTML already: text added to it is escaped.</summary>
internal sealed class MarkupValue(string value) : StringValue(value)
{
    public override string TypeName => "Markup";
}
