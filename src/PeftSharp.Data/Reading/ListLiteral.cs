using System.Globalization;
using System.Text;

namespace PeftSharp.Data;

/// <summary>
/// A list written as text, which is how spreadsheets and pandas keep one in a cell: JSON's <c>["a", 1]</c>, Python's
/// <c>['a', 1]</c>, <c>('a', 1)</c>, <c>{'a'}</c> and <c>set()</c>, NumPy's <c>['a' 'b']</c> and <c>[np.int64(1)]</c>.
/// </summary>
internal static class ListLiteral
{
    private const int DeepestNesting = 16;

    /// <summary>The list as a value of kind <see cref="DataKind.List"/>; false where the text is no such list.</summary>
    public static bool TryParse(string text, out DataValue list)
    {
        list = default;
        string trimmed = text.Trim();
        if (trimmed == "set()")
        {
            list = DataValue.ListOf([]);
            return true;
        }
        if (trimmed.Length < 2 || (trimmed[0], trimmed[^1]) is not (('[', ']') or ('(', ')') or ('{', '}')))
            return false;
        Parser parser = new(trimmed);
        return parser.List(DeepestNesting) is { } items && parser.AtEnd && (list = DataValue.ListOf(items)).Kind == DataKind.List;
    }

    private sealed class Parser(string text)
    {
        private int _at;

        public bool AtEnd => _at == text.Length;

        private char Next => _at < text.Length ? text[_at] : '\0';

        /// <summary>The items of the list that begins here; null where it is none.</summary>
        public DataValue[]? List(int depth)
        {
            char open = text[_at++], close = open switch { '[' => ']', '(' => ')', _ => '}' };
            List<DataValue> items = [];
            bool commas = false, blanks = false;
            for (Blanks(); Next != close; Blanks())
            {
                if (depth == 0 || Item(depth) is not { } item)
                    return null;
                items.Add(item);
                bool blank = Blanks();
                if (Next == ',')
                {
                    _at++;
                    commas = true;
                }
                else if (Next != close)
                {
                    // NumPy puts blanks between items; with commas elsewhere in the list it would be Python's joining of strings.
                    if (!blank || open != '[')
                        return null;
                    blanks = true;
                }
                if (commas && blanks)
                    return null;
            }
            _at++;
            // (1) is a number in brackets and {} a dictionary.
            return (open == '(' && !commas && items.Count > 0) || (open == '{' && items.Count == 0) ? null : [.. items];
        }

        private DataValue? Item(int depth)
        {
            if (Next is '\'' or '"')
                return Quoted() is { } quoted ? DataValue.Text(quoted) : null;
            if (Next is '[' or '(' or '{')
                return List(depth - 1) is { } nested ? DataValue.ListOf(nested) : null;
            int start = _at;
            while (char.IsAsciiLetterOrDigit(Next) || Next is '.' or '+' or '-' or '_')
                _at++;
            string word = text[start.._at];
            if (word.StartsWith("np.", StringComparison.Ordinal) && Next == '(' && depth > 0)
            {
                _at++;
                DataValue? inner = Item(depth - 1);
                return inner is not null && Next == ')' && _at++ > 0 ? inner : null;
            }
            return word switch
            {
                "" => null,
                "None" or "null" => default(DataValue),
                "True" or "true" => DataValue.Of(DataKind.Boolean, "true"),
                "False" or "false" => DataValue.Of(DataKind.Boolean, "false"),
                _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => DataValue.Of(DataKind.Number, word),
                _ => null,
            };
        }

        private string? Quoted()
        {
            char quote = text[_at++];
            StringBuilder value = new();
            while (_at < text.Length && Next != quote)
            {
                char c = text[_at++];
                if (c != '\\')
                    value.Append(c);
                else if (_at == text.Length || !Escape(text[_at++], value))
                    return null;
            }
            return _at++ < text.Length ? value.ToString() : null;
        }

        private bool Escape(char c, StringBuilder value)
        {
            int digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits == 0)
            {
                value.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', '\\' or '/' or '\'' or '"' => c, _ => '\0' });
                return value[^1] != '\0';
            }
            if (_at + digits > text.Length || !int.TryParse(text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || code is < 0 or > 0x10FFFF)
                return false;
            _at += digits;
            value.Append(code > char.MaxValue ? char.ConvertFromUtf32(code) : ((char)code).ToString());
            return true;
        }

        private bool Blanks()
        {
            int start = _at;
            while (Next is ' ' or '\t' or '\r' or '\n')
                _at++;
            return _at > start;
        }
    }
}
