using System.Globalization;
using System.Text;

namespace PeftSharp.Text.Patterns.Expressions;

/// <summary>Reads the parts of an expression that stand for one character: classes, escapes, literals.</summary>
internal ref struct SetReader
{
    private const int MostDepth = 32;

    private readonly string _expression;

    public SetReader(string expression) => _expression = expression;

    public int At { get; set; }

    public readonly bool AtEnd => At >= _expression.Length;

    public readonly char Here => _expression[At];

    public readonly bool StartsWith(string text) => string.CompareOrdinal(_expression, At, text, 0, text.Length) == 0;

    /// <summary>Takes a text if it is next.</summary>
    public bool Take(string text)
    {
        if (!StartsWith(text))
            return false;
        At += text.Length;
        return true;
    }

    public int Character()
    {
        if (Rune.DecodeFromUtf16(_expression.AsSpan(At), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            throw new NotSupportedException("half a character");
        At += length;
        return rune.Value;
    }

    /// <summary>What stands behind a backslash.</summary>
    public CodeSet Escape()
    {
        if (AtEnd)
            throw new NotSupportedException("a backslash at the end");
        char escaped = Here;
        switch (escaped)
        {
            case 'p' or 'P':
                return Property();
            case 'x' or 'u' or 'n' or 'r' or 't' or 'f' or 'v' or 'a' or 'e' or '0':
                return CodeSet.Of(EscapedCode());
        }
        if (Class(escaped) is { } named)
        {
            At++;
            return named;
        }
        return !char.IsAsciiLetterOrDigit(escaped) ? CodeSet.Of(Character()) : throw new NotSupportedException($"\"\\{escaped}\"");
    }

    /// <summary>A class, whose bracket was taken.</summary>
    public CodeSet Bracket(bool ignoreCase, int depth = 0)
    {
        if (depth > MostDepth)
            throw new NotSupportedException("classes within classes without end");
        bool negated = Take("^");
        CodeSet? before = null;
        List<CodeSet> parts = [];
        for (bool first = true; ; first = false)
        {
            if (AtEnd)
                throw new NotSupportedException("a class without end");
            if (!first && Take("]"))
                break;
            if (Take("&&"))
            {
                before = Meet(before, Join(parts));
                parts.Clear();
            }
            else if (Take("[:"))
            {
                parts.Add(Posix());
            }
            else if (Take("["))
            {
                parts.Add(Bracket(ignoreCase, depth + 1));
            }
            else
            {
                parts.Add(Member());
            }
        }
        CodeSet set = Meet(before, Join(parts));
        if (ignoreCase)
            set = NamedSets.IgnoreCase(set);
        return negated ? set.Negate() : set;
    }

    private static CodeSet Join(List<CodeSet> parts) => CodeSet.Of(parts.SelectMany(p => p.Ranges));

    private static CodeSet Meet(CodeSet? before, CodeSet set) => before?.Intersect(set) ?? set;

    /// <summary>A character, a range, or an escape.</summary>
    private CodeSet Member()
    {
        CodeSet first = One();
        if (!StartsWith("-") || At + 1 >= _expression.Length || _expression[At + 1] == ']' || first.Ranges is not [var from] || from.First != from.Last)
            return first;
        At++;
        CodeSet last = One();
        return last.Ranges is [var to] && to.First == to.Last && to.First >= from.First
            ? CodeSet.Of([(from.First, to.First)])
            : throw new NotSupportedException("a range without order");
    }

    private CodeSet One() => Take("\\") ? Escape() : CodeSet.Of(Character());

    private CodeSet Posix()
    {
        bool negated = Take("^");
        int end = _expression.IndexOf(":]", At, StringComparison.Ordinal);
        string name = end < 0 ? "" : _expression[At..end];
        CodeSet set = NamedSets.Posix(name) ?? throw new NotSupportedException($"the class \"[:{name}:]\"");
        At = end + 2;
        return negated ? set.Negate() : set;
    }

    private CodeSet Property()
    {
        bool negated = Here == 'P';
        At++;
        int end = AtEnd || Here != '{' ? -1 : _expression.IndexOf('}', At);
        if (end < 0)
            throw new NotSupportedException("\"\\p\" without a name in braces");
        string name = _expression[(At + 1)..end];
        At = end + 1;
        if (name.StartsWith('^'))
            (negated, name) = (!negated, name[1..]);
        CodeSet set = NamedSets.Property(name) ?? throw new NotSupportedException($"the property \"{name}\"");
        return negated ? set.Negate() : set;
    }

    private static CodeSet? Class(char escaped) => escaped switch
    {
        's' => NamedSets.Space,
        'S' => NamedSets.Space.Negate(),
        'd' => NamedSets.Digit,
        'D' => NamedSets.Digit.Negate(),
        'w' => NamedSets.Word,
        'W' => NamedSets.Word.Negate(),
        'h' => NamedSets.HexDigit,
        'H' => NamedSets.HexDigit.Negate(),
        _ => null,
    };

    private int EscapedCode()
    {
        char escaped = Here;
        At++;
        return escaped switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => 0x1B,
            'u' => Hex(4),
            'x' when Take("{") => Braced(),
            'x' => Hex(2),
            _ when AtEnd || !char.IsAsciiDigit(Here) => 0,
            _ => throw new NotSupportedException("a number in octal digits"),
        };
    }

    private int Braced()
    {
        int end = _expression.IndexOf('}', At);
        int code = end < 0 ? -1 : Hex(end - At);
        At++;
        return code;
    }

    private int Hex(int digits)
    {
        bool fits = digits is > 0 and <= 8 && At + digits <= _expression.Length;
        if (!fits || !int.TryParse(_expression.AsSpan(At, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || !Rune.IsValid(code))
            throw new NotSupportedException("a character's number that is none");
        At += digits;
        return code;
    }
}
