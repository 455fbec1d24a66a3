using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Models;

/// <summary>
/// Remembers how words were tokenized. A word belongs to a set of four slots, where the newest pushes out the oldest, so
/// memory is bounded; a slot is an immutable object behind one reference, so threads need no lock.
/// </summary>
internal sealed class WordCache
{
    private const int Ways = 4;
    private const int SetCount = 1 << 14;
    private const int MaxWordLength = 64;

    private readonly Entry?[] _slots = new Entry?[SetCount * Ways];

    /// <summary>Adds the tokens of <paramref name="word"/> if they are known.</summary>
    public bool TryReplay(ReadOnlySpan<char> word, TokenBuffer tokens)
    {
        if (word.Length > MaxWordLength)
            return false;
        int set = SetOf(word);
        for (int slot = set; slot < set + Ways; slot++)
        {
            if (Volatile.Read(ref _slots[slot]) is not { } entry)
                return false;
            if (!word.SequenceEqual(entry.Word))
                continue;
            foreach ((int id, int start, int end) in entry.Tokens)
                tokens.Add(id, start, end);
            return true;
        }
        return false;
    }

    /// <summary>Stores the tokens added to <paramref name="tokens"/> since <paramref name="first"/>.</summary>
    public void Store(ReadOnlySpan<char> word, TokenBuffer tokens, int first)
    {
        if (word.Length > MaxWordLength)
            return;
        (int, int, int)[] stored = new (int, int, int)[tokens.Count - first];
        for (int i = 0; i < stored.Length; i++)
            stored[i] = (tokens.Ids[first + i], tokens.Starts[first + i], tokens.Ends[first + i]);
        int set = SetOf(word);
        // Two threads may do this at once; at worst an entry is lost or stands twice.
        for (int slot = set + Ways - 1; slot > set; slot--)
            Volatile.Write(ref _slots[slot], _slots[slot - 1]);
        Volatile.Write(ref _slots[set], new Entry(word.ToArray(), stored));
    }

    private static int SetOf(ReadOnlySpan<char> word) => (string.GetHashCode(word) & (SetCount - 1)) * Ways;

    private sealed record Entry(char[] Word, (int Id, int Start, int End)[] Tokens);
}
