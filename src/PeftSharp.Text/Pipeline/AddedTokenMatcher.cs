using System.Buffers;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Pipeline;

/// <summary>A place where an added token was found, whitespace that it swallows included.</summary>
internal readonly record struct AddedTokenMatch(int Start, int End, AddedToken Token);

/// <summary>Finds added tokens in a text: leftmost first, the longest of those that start there.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<AddedToken?> _accepts = [null];
    private readonly SearchValues<char> _firstChars;

    /// <param name="patterns">The text to look for, and the token that it is.</param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> patterns)
    {
        HashSet<char> firstChars = [];
        foreach ((string text, AddedToken token) in patterns)
        {
            if (text.Length == 0)
                continue;
            firstChars.Add(text[0]);
            int node = 0;
            foreach (char c in text)
            {
                if (!_edges.TryGetValue((node, c), out int next))
                {
                    next = _accepts.Count;
                    _edges.Add((node, c), next);
                    _accepts.Add(null);
                }
                node = next;
            }
            _accepts[node] ??= token;
        }
        _firstChars = SearchValues.Create([.. firstChars]);
        IsEmpty = firstChars.Count == 0;
    }

    public bool IsEmpty { get; }

    /// <summary>
    /// The next match at or after <paramref name="searchFrom"/>, which then stands behind it. A match never reaches back
    /// over <paramref name="coveredTo"/>, the end of the one before.
    /// </summary>
    public bool TryFind(ReadOnlySpan<char> text, ref int searchFrom, int coveredTo, out AddedTokenMatch match)
    {
        while (searchFrom < text.Length)
        {
            int skip = text[searchFrom..].IndexOfAny(_firstChars);
            if (skip < 0)
                break;
            int start = searchFrom + skip;
            int length = LongestAt(text[start..], out AddedToken? token);
            if (length == 0)
            {
                searchFrom = start + 1;
                continue;
            }
            int end = searchFrom = start + length;
            if (start < coveredTo || (token!.SingleWord && !IsSingleWord(text, start, end)))
                continue;
            if (token!.LeftStrip)
                while (start > coveredTo && IsSpace(text[start - 1]))
                    start--;
            if (token.RightStrip)
                while (end < text.Length && IsSpace(text[end]))
                    end++;
            match = new AddedTokenMatch(start, end, token);
            return true;
        }
        match = default;
        return false;
    }

    private int LongestAt(ReadOnlySpan<char> text, out AddedToken? token)
    {
        token = null;
        int node = 0, longest = 0;
        for (int i = 0; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
        {
            if (_accepts[node] is not { } found)
                continue;
            token = found;
            longest = i + 1;
        }
        return longest;
    }

    private static bool IsSingleWord(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0)
        {
            int before = start > 1 && char.IsSurrogatePair(text[start - 2], text[start - 1]) ? start - 2 : start - 1;
            if ((CharTable.At(text, before, out _) & CharTraits.Word) != 0)
                return false;
        }
        return end == text.Length || (CharTable.At(text, end, out _) & CharTraits.Word) == 0;
    }

    private static bool IsSpace(char c) => (CharTable.Of(c) & CharTraits.WhiteSpace) != 0;
}
