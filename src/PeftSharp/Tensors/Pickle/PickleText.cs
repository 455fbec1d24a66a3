using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace PeftSharp.Tensors.Pickle;

/// <summary>Turns the bytes of numbers and texts into values, in the ways of the old and the new protocols.</summary>
internal static class PickleText
{
    /// <summary>A number longer than this is refused; the longest that torch writes has 10 bytes.</summary>
    private const int MaximumNumberLength = 256;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Utf8(PickleSource source, ulong length)
    {
        long at = source.Position;
        try
        {
            return _utf8.GetString(source.ReadBytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw source.Bad("a text is not UTF-8", at);
        }
    }

    /// <summary>A line of ASCII, such as a number or the name of a module.</summary>
    public static string Line(PickleSource source, int most)
    {
        long at = source.Position;
        ReadOnlySpan<byte> line = source.ReadLine(most);
        return Ascii.IsValid(line) ? Encoding.ASCII.GetString(line) : throw source.Bad("a line is not ASCII text", at);
    }

    /// <summary>Python's repr of a text, between quotes.</summary>
    public static string Quoted(PickleSource source)
    {
        long at = source.Position;
        ReadOnlySpan<byte> line = source.ReadLine((int)PickleSource.MaximumLength);
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
            throw source.Bad("a text is not between quotes", at);
        ArrayBufferWriter<byte> bytes = new();
        for (int i = 1; i < line.Length - 1; i++)
        {
            byte value = line[i];
            if (value == (byte)'\\')
                value = Escape(source, line[..^1], ref i, at);
            bytes.Write([value]);
        }
        try
        {
            return _utf8.GetString(bytes.WrittenSpan);
        }
        catch (DecoderFallbackException)
        {
            throw source.Bad("a text is not UTF-8", at);
        }
    }

    /// <summary>Latin-1 with <c>\u0000</c> and <c>\U00000000</c>.</summary>
    public static string RawUnicode(PickleSource source)
    {
        long at = source.Position;
        ReadOnlySpan<byte> line = source.ReadLine((int)PickleSource.MaximumLength);
        StringBuilder text = new(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            int digits = line[i] == (byte)'\\' && i + 1 < line.Length ? line[i + 1] switch { (byte)'u' => 4, (byte)'U' => 8, _ => 0 } : 0;
            if (digits == 0)
            {
                text.Append((char)line[i]);
                continue;
            }
            if (i + 2 + digits > line.Length || !uint.TryParse(line.Slice(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) || code > 0x10FFFF)
                throw source.Bad("a text has a wrong \\u escape", at);
            if (code < 0x10000)
                text.Append((char)code);
            else
                text.Append(char.ConvertFromUtf32((int)code));
            i += 1 + digits;
        }
        return text.ToString();
    }

    /// <summary>A little-endian two's complement number of any length: a long where it fits, else a BigInteger.</summary>
    public static object Number(PickleSource source, ulong length)
    {
        if (length > MaximumNumberLength)
            throw source.Bad($"a number claims {length} bytes, more than the {MaximumNumberLength} allowed");
        return Narrow(new BigInteger(source.ReadBytes(length)));
    }

    /// <summary>A decimal number; <c>00</c> and <c>01</c> are False and True where the old protocols say so.</summary>
    public static object Decimal(PickleSource source, bool withBool)
    {
        long at = source.Position;
        string line = Line(source, MaximumNumberLength);
        if (withBool && line is "00" or "01")
            return line == "01";
        string digits = !withBool && line.EndsWith('L') ? line[..^1] : line;
        return BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger number)
            ? Narrow(number)
            : throw source.Bad($"{Shown.Quote(line)} is not a whole number", at);
    }

    public static double Real(PickleSource source)
    {
        long at = source.Position;
        string line = Line(source, MaximumNumberLength);
        return line switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw source.Bad($"{Shown.Quote(line)} is not a number", at),
        };
    }

    private static object Narrow(BigInteger number)
    {
        object exact = number;
        return number >= long.MinValue && number <= long.MaxValue ? (long)number : exact;
    }

    private static byte Escape(PickleSource source, ReadOnlySpan<byte> line, ref int i, long at)
    {
        if (++i >= line.Length)
            throw source.Bad("a text ends inside an escape", at);
        switch (line[i])
        {
            case (byte)'n':
                return (byte)'\n';
            case (byte)'r':
                return (byte)'\r';
            case (byte)'t':
                return (byte)'\t';
            case (byte)'\\' or (byte)'\'' or (byte)'"':
                return line[i];
            case (byte)'x' when i + 2 < line.Length && byte.TryParse(line.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value):
                i += 2;
                return value;
            default:
                throw source.Bad("a text has an unknown escape", at);
        }
    }
}
