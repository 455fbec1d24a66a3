using System.Buffers;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Pipeline;

/// <summary>A place where an added token was found, whitespace that it swallows included.</summary>
internal readonly record struct AddedTokenMatch(int Start, int End, AddedToken Token);

/// <summary>
/// Finds added tokens in a text: leftmost first, the longest of those that start there. The time is linear in the text,
/// whatever the tokens are: one pass from its end with the automaton of Aho and Corasick (1975) over the tokens read
/// backwards says for each position which token starts there.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<(int Parent, char Last)> _nodes = [default];
    private readonly int[] _fallbacks;
    private readonly (int Length, AddedToken? Token)[] _longest;
    private readonly SearchValues<char> _firstChars, _lastChars;

    /// <param name="patterns">The text to look for, and the token that it is.</param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> patterns)
    {
        HashSet<char> firstChars = [], lastChars = [];
        Dictionary<int, (int, AddedToken?)> accepted = [];
        foreach ((string text, AddedToken token) in patterns)
        {
            if (text.Length == 0)
                continue;
            firstChars.Add(text[0]);
            lastChars.Add(text[^1]);
            int node = 0;
            for (int i = text.Length - 1; i >= 0; i--)
                node = Grow(node, text[i]);
            accepted.TryAdd(node, (text.Length, token));
        }
        _firstChars = SearchValues.Create([.. firstChars]);
        _lastChars = SearchValues.Create([.. lastChars]);
        IsEmpty = firstChars.Count == 0;
        _fallbacks = new int[_nodes.Count];
        _longest = new (int, AddedToken?)[_nodes.Count];
        foreach (int node in ByDepth())
        {
            (int parent, char last) = _nodes[node];
            _fallbacks[node] = parent == 0 ? 0 : Step(_fallbacks[parent], last);
            _longest[node] = accepted.TryGetValue(node, out var own) ? own : _longest[_fallbacks[node]];
        }
    }

    public bool IsEmpty { get; }

    /// <summary>All matches. They do not overlap but for whitespace that two of them swallow, as in HF's library.</summary>
    public void FindAll(ReadOnlySpan<char> text, List<AddedTokenMatch> matches)
    {
        matches.Clear();
        int first = IsEmpty ? -1 : text.IndexOfAny(_firstChars);
        if (first < 0)
            return;
        int[] nodes = ArrayPool<int>.Shared.Rent(text.Length - first);
        ReadBackwards(text[first..], nodes);
        int covered = 0, spacesTo = 0;
        for (int at = first; at < text.Length;)
        {
            (int length, AddedToken? token) = _longest[nodes[at - first]];
            if (token is null)
            {
                at++;
                continue;
            }
            int start = at, end = at += length;
            if (token.SingleWord && !IsSingleWord(text, start, end))
                continue;
            if (token.LeftStrip)
            {
                while (start > covered && IsSpace(text[start - 1]))
                    start--;
                start = Math.Max(start, covered);
            }
            if (token.RightStrip)
            {
                // A stretch of spaces is walked along once, however many matches are in it.
                end = Math.Max(end, spacesTo);
                while (end < text.Length && IsSpace(text[end]))
                    end++;
                spacesTo = end;
            }
            matches.Add(new AddedTokenMatch(Math.Min(start, end), end, token));
            covered = end;
        }
        ArrayPool<int>.Shared.Return(nodes);
    }

    /// <summary>The automaton's state at each position, read from the end.</summary>
    private void ReadBackwards(ReadOnlySpan<char> text, int[] nodes)
    {
        int node = 0;
        for (int at = text.Length - 1; at >= 0; at--)
        {
            if (node == 0)
            {
                int last = text[..(at + 1)].LastIndexOfAny(_lastChars);
                nodes.AsSpan(last + 1, at - last).Clear();
                if (last < 0)
                    return;
                at = last;
            }
            node = Step(node, text[at]);
            nodes[at] = node;
        }
    }

    private int Step(int node, char next)
    {
        while (true)
        {
            if (_edges.TryGetValue((node, next), out int to))
                return to;
            if (node == 0)
                return 0;
            node = _fallbacks[node];
        }
    }

    private int Grow(int node, char next)
    {
        if (_edges.TryGetValue((node, next), out int known))
            return known;
        _edges.Add((node, next), _nodes.Count);
        _nodes.Add((node, next));
        return _nodes.Count - 1;
    }

    /// <summary>All nodes but the root; a node falls back to a less deep one, which must be known before it.</summary>
    private IEnumerable<int> ByDepth()
    {
        int[] depths = new int[_nodes.Count];
        for (int node = 1; node < depths.Length; node++)
            depths[node] = depths[_nodes[node].Parent] + 1;
        return Enumerable.Range(1, depths.Length - 1).OrderBy(node => depths[node]);
    }

    private static bool IsSingleWord(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0)
        {
            if ((CharTable.At(text, CharTable.StartBefore(text, start), out _) & CharTraits.Word) != 0)
                return false;
        }
        return end == text.Length || (CharTable.At(text, end, out _) & CharTraits.Word) == 0;
    }

    private static bool IsSpace(char c) => (CharTable.Of(c) & CharTraits.WhiteSpace) != 0;
}
