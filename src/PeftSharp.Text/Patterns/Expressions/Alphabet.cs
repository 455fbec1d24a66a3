using System.Text;

namespace PeftSharp.Text.Patterns.Expressions;

/// <summary>
/// Characters that an expression cannot tell apart, as one symbol: so .NET's engine, which sees UTF-16 units and has its
/// own idea of classes, runs over whole characters and the classes of <see cref="NamedSets"/>.
/// </summary>
internal sealed class Alphabet
{
    private const char FirstSymbol = '\uE000';
    private const int MostSymbols = 0x1800;

    // Where each stretch of alike characters begins, and its symbol.
    private readonly int[] _starts;
    private readonly char[] _symbols;
    private readonly char[] _basicPlane = new char[char.MaxValue + 1];

    /// <exception cref="NotSupportedException">There are too many classes.</exception>
    public Alphabet(IReadOnlyList<CodeSet> sets)
    {
        _starts = [.. sets.SelectMany(s => s.Ranges).SelectMany(r => (int[])[r.First, r.Last + 1]).Append(0).Where(c => c <= CodeSet.Last).Distinct().Order()];
        _symbols = new char[_starts.Length];
        Dictionary<string, char> known = [];
        for (int i = 0; i < _starts.Length; i++)
        {
            string membership = string.Create(sets.Count, (sets, code: _starts[i]), static (chars, state) =>
            {
                for (int k = 0; k < chars.Length; k++)
                    chars[k] = state.sets[k].Contains(state.code) ? '1' : '0';
            });
            if (!known.TryGetValue(membership, out char symbol))
            {
                // The line feed stays what it is, for the anchors of lines.
                symbol = _starts[i] == '\n' ? '\n' : (char)(FirstSymbol + known.Count);
                known.Add(membership, known.Count < MostSymbols ? symbol : throw new NotSupportedException("more than a few thousand classes"));
            }
            _symbols[i] = symbol;
        }
        for (int i = 0; i < _starts.Length && _starts[i] < _basicPlane.Length; i++)
            _basicPlane.AsSpan(_starts[i], Math.Min(i + 1 < _starts.Length ? _starts[i + 1] : int.MaxValue, _basicPlane.Length) - _starts[i]).Fill(_symbols[i]);
    }

    /// <summary>A class of .NET's for the symbols of a set.</summary>
    public string ClassOf(CodeSet set)
    {
        SortedSet<char> symbols = [];
        for (int i = 0; i < _starts.Length; i++)
            if (set.Contains(_starts[i]))
                symbols.Add(_symbols[i]);
        return symbols.Count == 0 ? @"[^\s\S]" : $"[{string.Concat(symbols.Select(s => s == '\n' ? @"\n" : s.ToString()))}]";
    }

    /// <summary>The symbols of a text of the basic plane.</summary>
    public void Write(ReadOnlySpan<char> text, Span<char> symbols)
    {
        for (int i = 0; i < text.Length; i++)
            symbols[i] = _basicPlane[text[i]];
    }

    public char SymbolOf(Rune rune)
    {
        if (rune.IsBmp)
            return _basicPlane[rune.Value];
        int at = Array.BinarySearch(_starts, rune.Value);
        return _symbols[at >= 0 ? at : ~at - 1];
    }
}
