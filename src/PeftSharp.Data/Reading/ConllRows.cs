namespace PeftSharp.Data;

/// <summary>
/// CoNLL's form: a word a line with its columns between blanks or tabs, a blank line between sentences. A sentence is a row
/// whose columns are lists. <c>-DOCSTART-</c> lines and comments are no words.
/// </summary>
internal sealed class ConllRows
{
    private const string DocumentStart = "-DOCSTART-";

    /// <summary>CoNLL-U's columns: numbers in the first, always ten of them.</summary>
    private static readonly string[] _universal = ["id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"];

    private readonly string _path;
    private readonly ReadOptions _options;
    private readonly List<DataValue[]> _words = [];
    private ColumnSet? _columns;
    private char? _delimiter;
    private RowPlace _place;
    private bool _isUniversal, _headerSeen;

    private ConllRows(string path, ReadOptions options)
    {
        _path = path;
        _options = options;
        _delimiter = options.Delimiter;
        _headerSeen = options.Header != true;
    }

    public static IEnumerable<DataRow> Read(string path, ReadOptions options) => new ConllRows(path, options).Rows();

    /// <summary>The fields of a line of words: between tabs where there are any, else between blanks.</summary>
    internal static string[] Fields(string line, char? delimiter)
    {
        char between = delimiter ?? (line.Contains('\t', StringComparison.Ordinal) ? '\t' : ' ');
        return between == ' ' ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries) : line.TrimEnd(' ').Split(between, StringSplitOptions.TrimEntries);
    }

    /// <summary>True for a line that ends a sentence: blank, or the start of a document.</summary>
    internal static bool Ends(string line) => string.IsNullOrWhiteSpace(line) || line.StartsWith(DocumentStart, StringComparison.Ordinal);

    private IEnumerable<DataRow> Rows()
    {
        bool any = false;
        foreach ((RowPlace place, string line) in Utf8Lines.Read(_path))
        {
            if (!Ends(line))
                Add(place, line);
            else if (Sentence() is { } row)
            {
                any = true;
                yield return row;
            }
        }
        if (Sentence() is { } last)
        {
            any = true;
            yield return last;
        }
        if (!any)
            throw new InvalidDataException($"{_path} is empty.");
    }

    private void Add(RowPlace place, string line)
    {
        string[] fields = Fields(line, _delimiter);
        if (IsComment(line, fields))
            return;
        if (!_headerSeen)
        {
            _headerSeen = true;
            _columns = new(_options.Columns is null ? fields : [.. _options.Columns]);
            return;
        }
        _columns ??= new(Names(place, fields));
        int count = _columns.Names.Length;
        if (fields.Length != count && !(fields.Length > count && _options.IgnoreExtraFields))
            throw place.Error($"{fields.Length} field{(fields.Length == 1 ? "" : "s")} where {count} {(count == 1 ? "is" : "are")} expected (the columns are {NearestName.List(_columns.Names)}); a word a line, a blank line between sentences.");
        // CoNLL-U writes a contraction (1-2) and words that are not there (1.1) beside the words.
        if (_isUniversal && !fields[0].All(char.IsAsciiDigit))
            return;
        if (_words.Count == 0)
            _place = place;
        _words.Add([.. fields.Take(count).Select(DataValue.Text)]);
    }

    private DataRow? Sentence()
    {
        if (_words.Count == 0)
            return null;
        var values = new DataValue[_columns!.Names.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = DataValue.ListOf([.. _words.Select(word => word[i])]);
        _words.Clear();
        return new DataRow(_place, _columns, values);
    }

    /// <summary>A line that begins with # is a comment, unless it is the word # with as many columns as the others.</summary>
    private bool IsComment(string line, string[] fields)
    {
        if (line[0] != '#')
            return false;
        if (_columns is null || fields.Length != _columns.Names.Length)
            return _columns is not null || fields.Length < 2 || !ConllContent.IsTag(fields[^1]);
        return _words.Count == 0 && fields.Length > 1 && (fields[1] == "=" || fields[0] is "#" && fields[1] is "newdoc" or "newpar");
    }

    private string[] Names(RowPlace place, string[] fields)
    {
        _isUniversal = fields.Length == _universal.Length && fields[0].All(c => char.IsAsciiDigit(c) || c is '-' or '.');
        if (_options.Columns is { } given)
            return fields.Length == given.Count || (fields.Length > given.Count && _options.IgnoreExtraFields)
                ? [.. given]
                : throw place.Error($"{fields.Length} field{(fields.Length == 1 ? "" : "s")} where columns names {given.Count} ({NearestName.List([.. given])}).");
        return _isUniversal ? _universal
            : [.. fields.Select((_, i) => i == 0 ? "tokens" : i == fields.Length - 1 ? "tags" : $"column{i + 1}")];
    }
}
