using System.Buffers;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>
/// A word while its symbols are merged: a linked list in arrays (a symbol merged into its left neighbour has id −1), and a
/// heap of the merges in sight, so that a word of n characters takes n log n steps.
/// </summary>
internal sealed class BpeWord : IDisposable
{
    private const int Dead = -1;

    private Symbol[] _symbols;

    // Rank in the upper half, position in the lower: the smallest is the lowest rank, leftmost.
    private ulong[] _heap;
    private int _heapCount;
    private int _bytes;

    public BpeWord(int capacity)
    {
        _symbols = ArrayPool<Symbol>.Shared.Rent(Math.Max(16, capacity));
        _heap = ArrayPool<ulong>.Shared.Rent(Math.Max(16, capacity));
    }

    public int Count { get; private set; }

    public int IdAt(int position) => _symbols[position].Id;

    /// <summary>Position of the symbol to the right, −1 at the end.</summary>
    public int NextOf(int position) => _symbols[position].Next is var next && next < Count ? next : -1;

    /// <summary>Position of the symbol to the left, −1 at the beginning.</summary>
    public int PreviousOf(int position) => _symbols[position].Previous;

    /// <summary>
    /// Adds a symbol that stands for so many bytes of UTF-8, behind those of the symbols before it: as in Hugging Face's
    /// library, characters that were left out or wait leave no gap.
    /// </summary>
    public void Add(int id, int byteLength)
    {
        if (Count == _symbols.Length)
            Grow(ref _symbols, Count);
        _symbols[Count] = new Symbol { Id = id, Start = _bytes, End = _bytes + byteLength, Previous = Count - 1, Next = Count + 1 };
        _bytes += byteLength;
        Count++;
    }

    /// <summary>Merges a symbol with the one to its right.</summary>
    public void Merge(int position, int newId)
    {
        ref Symbol left = ref _symbols[position];
        ref Symbol right = ref _symbols[left.Next];
        left.Id = newId;
        left.End = right.End;
        left.Next = right.Next;
        right.Id = Dead;
        if (left.Next < Count)
            _symbols[left.Next].Previous = position;
    }

    public void Push(int rank, int position)
    {
        if (_heapCount == _heap.Length)
            Grow(ref _heap, _heapCount);
        ulong key = ((ulong)(uint)rank << 32) | (uint)position;
        int at = _heapCount++;
        while (at > 0 && _heap[(at - 1) / 2] > key)
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        _heap[at] = key;
    }

    public bool TryPop(out int rank, out int position)
    {
        if (_heapCount == 0)
        {
            rank = position = 0;
            return false;
        }
        rank = (int)(_heap[0] >> 32);
        position = (int)(uint)_heap[0];
        ulong last = _heap[--_heapCount];
        int at = 0;
        for (int child; (child = (2 * at) + 1) < _heapCount; at = child)
        {
            if (child + 1 < _heapCount && _heap[child + 1] < _heap[child])
                child++;
            if (last <= _heap[child])
                break;
            _heap[at] = _heap[child];
        }
        _heap[at] = last;
        return true;
    }

    /// <summary>Adds the tokens with positions in the word, in UTF-16 units; a part of a character stands for the whole.</summary>
    public void WriteTo(ReadOnlySpan<char> word, TokenBuffer tokens)
    {
        Utf8Walk walk = new(word);
        foreach (ref readonly Symbol symbol in _symbols.AsSpan(0, Count))
            if (symbol.Id != Dead)
                tokens.Add(symbol.Id, walk.StartOf(symbol.Start), walk.EndOf(symbol.End));
    }

    public void Dispose()
    {
        ArrayPool<Symbol>.Shared.Return(_symbols);
        ArrayPool<ulong>.Shared.Return(_heap);
    }

    private static void Grow<T>(ref T[] array, int used)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(used * 2);
        Array.Copy(array, larger, used);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    private struct Symbol
    {
        public int Id;
        public int Start;
        public int End;
        public int Previous;
        public int Next;
    }
}
