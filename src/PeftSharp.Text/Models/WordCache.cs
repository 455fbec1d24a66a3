using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>
/// Remembers how words were tokenized. A word has one slot, where a later word replaces an earlier one, so memory is
/// bounded; a slot is an immutable object behind one reference, so threads need no lock.
/// </summary>
internal sealed class WordCache
{
    private const int SlotCount = 1 << 15;
    private const int MaxWordLength = 64;

    private readonly Entry?[] _slots = new Entry?[SlotCount];

    /// <summary>Adds the tokens of <paramref name="word"/> if they are known.</summary>
    public bool TryReplay(ReadOnlySpan<char> word, TokenBuffer tokens)
    {
        if (word.Length > MaxWordLength)
            return false;
        Entry? entry = Volatile.Read(ref _slots[SlotOf(word)]);
        if (entry is null || !word.SequenceEqual(entry.Word))
            return false;
        foreach ((int id, int start, int end) in entry.Tokens)
            tokens.Add(id, start, end);
        return true;
    }

    /// <summary>Stores the tokens added to <paramref name="tokens"/> since <paramref name="first"/>.</summary>
    public void Store(ReadOnlySpan<char> word, TokenBuffer tokens, int first)
    {
        if (word.Length > MaxWordLength)
            return;
        (int, int, int)[] stored = new (int, int, int)[tokens.Count - first];
        for (int i = 0; i < stored.Length; i++)
            stored[i] = (tokens.Ids[first + i], tokens.Starts[first + i], tokens.Ends[first + i]);
        Volatile.Write(ref _slots[SlotOf(word)], new Entry(word.ToArray(), stored));
    }

    private static int SlotOf(ReadOnlySpan<char> word) => string.GetHashCode(word) & (SlotCount - 1);

    private sealed record Entry(char[] Word, (int Id, int Start, int End)[] Tokens);
}
