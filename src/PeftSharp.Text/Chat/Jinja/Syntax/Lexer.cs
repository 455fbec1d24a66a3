using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>
/// Cuts a template into tokens, with <c>trim_blocks</c> (a line feed behind a block tag or comment goes) and
/// <c>lstrip_blocks</c> (white space between the start of a line and a block tag or comment goes).
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _place;
    private int _line = 1;
    private bool _atLineStart = true;

    private Lexer(string source) => _source = source;

    /// <summary>The tokens of a template.</summary>
    /// <param name="source">The template.</param>
    /// <param name="line">The line that is read, for errors.</param>
    public static List<Token> Read(string source, ref int line)
    {
        string text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        Lexer lexer = new(text.EndsWith('\n') ? text[..^1] : text);
        try
        {
            lexer.ReadAll();
        }
        finally
        {
            line = lexer._line;
        }
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_place < _source.Length)
        {
            int tag = NextTag(_place);
            if (tag < 0)
            {
                AddData(_source[_place..]);
                break;
            }
            char kind = _source[tag + 1];
            char sign = SignAt(tag + 2);
            AddData(BeforeTag(_source[_place..tag], sign, isVariable: kind == '{'));
            Advance(tag + 2 + (sign == '\0' ? 0 : 1));
            if (kind == '#')
                SkipComment();
            else if (kind == '%' && TryStartRaw())
                ReadRaw();
            else
                ReadTag(isBlock: kind == '%');
        }
        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int NextTag(int from)
    {
        for (int i = _source.IndexOf('{', from); i >= 0; i = _source.IndexOf('{', i + 1))
            if (i + 1 < _source.Length && _source[i + 1] is '{' or '%' or '#')
                return i;
        return -1;
    }

    private char SignAt(int place) => place < _source.Length && _source[place] is '-' or '+' ? _source[place] : '\0';

    private string BeforeTag(string text, char sign, bool isVariable)
    {
        if (sign == '-')
            return CodePointText.TrimEnd(text);
        if (sign == '+' || isVariable)
            return text;
        int start = text.LastIndexOf('\n') + 1;
        return start < text.Length && (start > 0 || _atLineStart) && CodePointText.Trim(text[start..]).Length == 0 ? text[..start] : text;
    }

    private void AddData(string text)
    {
        if (text.Length > 0)
            _tokens.Add(new Token(TokenKind.Data, text, _line));
    }

    private void Advance(int to)
    {
        _line += _source.AsSpan(_place, to - _place).Count('\n');
        _place = to;
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _place, StringComparison.Ordinal);
        if (end < 0)
            throw new TemplateFault("a comment is not closed by '#}'");
        EndTag(end, end > _place && _source[end - 1] is '-' or '+' ? _source[end - 1] : '\0', trimsLine: true);
    }

    /// <summary>Goes behind the two characters that close a tag, and the white space that goes with them.</summary>
    private void EndTag(int closing, char sign, bool trimsLine)
    {
        int end = closing + 2;
        if (sign == '-')
            while (end < _source.Length && CodePointText.IsSpace(_source[end]))
                end++;
        else if (trimsLine && sign != '+' && end < _source.Length && _source[end] == '\n')
            end++;
        _atLineStart = _source[end - 1] == '\n';
        Advance(end);
    }

    /// <summary>Goes behind <c>raw %}</c>, if that is what stands in the tag.</summary>
    private bool TryStartRaw()
    {
        if (FindTagWord(_place, "raw") is not { } close)
            return false;
        EndTag(close.Closing, close.Sign, trimsLine: false);
        return true;
    }

    private void ReadRaw()
    {
        for (int i = _source.IndexOf("{%", _place, StringComparison.Ordinal); i >= 0; i = _source.IndexOf("{%", i + 1, StringComparison.Ordinal))
        {
            char sign = SignAt(i + 2);
            if (FindTagWord(i + 2 + (sign == '\0' ? 0 : 1), "endraw") is not { } close)
                continue;
            AddData(BeforeTag(_source[_place..i], sign, isVariable: false));
            Advance(i);
            EndTag(close.Closing, close.Sign, trimsLine: true);
            return;
        }
        throw new TemplateFault("a raw block is not closed by '{% endraw %}'");
    }

    /// <summary>Where a tag that holds just this word closes; null if it holds something else.</summary>
    private (int Closing, char Sign)? FindTagWord(int place, string word)
    {
        place = SkipSpace(place);
        if (string.CompareOrdinal(_source, place, word, 0, word.Length) != 0)
            return null;
        place = SkipSpace(place + word.Length);
        char sign = SignAt(place);
        place += sign == '\0' ? 0 : 1;
        return string.CompareOrdinal(_source, place, "%}", 0, 2) == 0 ? (place, sign) : null;
    }

    private int SkipSpace(int place)
    {
        while (place < _source.Length && CodePointText.IsSpace(_source[place]))
            place++;
        return place;
    }

    private void ReadTag(bool isBlock)
    {
        string closing = isBlock ? "%}" : "}}";
        _tokens.Add(new Token(isBlock ? TokenKind.BlockBegin : TokenKind.VariableBegin, "", _line));
        Stack<char> open = new();
        while (true)
        {
            Advance(SkipSpace(_place));
            if (_place >= _source.Length)
                throw new TemplateFault($"a tag is not closed by '{closing}'");
            char sign = SignAt(_place);
            int end = _place + (sign == '-' || (sign == '+' && isBlock) ? 1 : 0);
            if (open.Count == 0 && string.CompareOrdinal(_source, end, closing, 0, 2) == 0)
            {
                _tokens.Add(new Token(isBlock ? TokenKind.BlockEnd : TokenKind.VariableEnd, "", _line));
                EndTag(end, end > _place ? sign : '\0', trimsLine: isBlock);
                return;
            }
            (Token token, int next) = TokenReader.Read(_source, _place, _line);
            Balance(open, token);
            _tokens.Add(token);
            Advance(next);
        }
    }

    private static void Balance(Stack<char> open, Token token)
    {
        if (token.Kind != TokenKind.Operator)
            return;
        if (token.Text is "(" or "[" or "{")
            open.Push(token.Text switch { "(" => ')', "[" => ']', _ => '}' });
        else if (token.Text is ")" or "]" or "}" && (!open.TryPop(out char wanted) || wanted != token.Text[0]))
            throw new TemplateFault($"'{token.Text}' closes nothing");
    }
}
