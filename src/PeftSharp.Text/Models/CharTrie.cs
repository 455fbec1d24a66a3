using System.Numerics;
using System.Runtime.CompilerServices;

namespace PeftSharp.Text.Models;

/// <summary>
/// Tokens by their characters, to find all those that begin at a place in one walk. Edges lie in one hash table (open
/// addressing at most half full, a multiplier drawn for each process so that no file can be made to collide).
/// </summary>
internal sealed class CharTrie
{
    /// <summary>Where every walk begins.</summary>
    public const int Root = 0;

    /// <summary>No node, no token.</summary>
    public const int None = -1;

    private readonly List<int> _tokens = [None];
    private Edge[] _edges = new Edge[64];
    private int _shift = 64 - 6;
    private int _edgeCount;
    private int[]? _sealed;

    /// <summary>Adds a token; a later one of the same text takes its place.</summary>
    public void Add(ReadOnlySpan<char> text, int id)
    {
        int node = Root;
        foreach (char c in text)
            node = Grow(node, c);
        _tokens[node] = id;
        _sealed = null;
    }

    /// <summary>The node behind <paramref name="node"/> for a character, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int node, char c)
    {
        Edge[] edges = _edges;
        ulong key = Key(node, c);
        for (int at = (int)((key * PairTable.Multiplier) >> _shift); ; at = (at + 1) & (edges.Length - 1))
        {
            ref readonly Edge edge = ref edges[at];
            if (edge.Key == key)
                return edge.To;
            if (edge.To == 0)
                return None;
        }
    }

    /// <summary>The node at the end of a text, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<char> text)
    {
        int node = Root;
        foreach (char c in text)
            if ((node = Next(node, c)) < 0)
                return None;
        return node;
    }

    /// <summary>For each node the token that ends there, or <see cref="None"/>.</summary>
    public ReadOnlySpan<int> Tokens => _sealed ??= [.. _tokens];

    // The root is nobody's child, so an edge to it marks an empty slot; keys begin with 1, so an empty slot has none.
    private static ulong Key(int node, char c) => ((ulong)(uint)node << 16 | c) + 1;

    private int Grow(int node, char c)
    {
        int known = Next(node, c);
        if (known >= 0)
            return known;
        if (++_edgeCount * 2L > _edges.Length)
            Enlarge();
        _tokens.Add(None);
        Insert(new Edge { Key = Key(node, c), To = _tokens.Count - 1 });
        return _tokens.Count - 1;
    }

    private void Enlarge()
    {
        Edge[] old = _edges;
        _edges = new Edge[old.Length * 2];
        _shift = 64 - BitOperations.Log2((uint)_edges.Length);
        foreach (Edge edge in old)
            if (edge.To != 0)
                Insert(edge);
    }

    private void Insert(Edge edge)
    {
        int at = (int)((edge.Key * PairTable.Multiplier) >> _shift);
        while (_edges[at].To != 0)
            at = (at + 1) & (_edges.Length - 1);
        _edges[at] = edge;
    }

    private struct Edge
    {
        public ulong Key;
        public int To;
    }
}
