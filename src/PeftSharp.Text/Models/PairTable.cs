using System.Numerics;
using System.Runtime.CompilerServices;

namespace PeftSharp.Text.Models;

/// <summary>
/// A hash table from pairs of ids to a rank and an id, for the innermost loop of BPE: open addressing at most half full,
/// with a multiplier drawn for each process so that no file can be made to collide.
/// </summary>
internal sealed class PairTable
{
    /// <summary>For the tables of this process.</summary>
    public static readonly ulong Multiplier = (ulong)Random.Shared.NextInt64(1L << 62, long.MaxValue) | 1;

    private readonly Slot[] _slots;
    private readonly int _shift;

    public PairTable(int capacity)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, capacity * 2L));
        _slots = new Slot[size];
        Array.Fill(_slots, new Slot { NewId = -1 });
        _shift = 64 - BitOperations.Log2((uint)size);
    }

    /// <summary>Adds a pair, or replaces what it had.</summary>
    public void Set(int left, int right, int rank, int newId)
    {
        ulong key = Key(left, right);
        int at = Find(key);
        _slots[at] = new Slot { Key = key, Rank = rank, NewId = newId };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int left, int right, out int rank, out int newId)
    {
        ref readonly Slot slot = ref _slots[Find(Key(left, right))];
        rank = slot.Rank;
        newId = slot.NewId;
        return newId >= 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>The pair's slot, or the empty one where it would go.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ulong key)
    {
        Slot[] slots = _slots;
        int at = (int)((key * Multiplier) >> _shift);
        while (slots[at].NewId >= 0 && slots[at].Key != key)
            at = (at + 1) & (slots.Length - 1);
        return at;
    }

    private struct Slot
    {
        public ulong Key;
        public int Rank;

        /// <summary>−1 marks an empty slot.</summary>
        public int NewId;
    }
}
