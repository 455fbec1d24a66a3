using static TorchSharp.torch;

namespace PeftSharp.Kernels.Fused;

/// <summary>
/// Which queries and keys belong together: a rectangle (batch, heads, T, width) with an additive mask, or sequences one behind
/// the other, (1, heads, tokens, width), with the same further keys in front of each.
/// </summary>
internal sealed class AttentionRows
{
    private readonly Sequences? _sequences;
    private readonly int _queries, _keys;

    private AttentionRows(Sequences? sequences, int count, int queries, int keys, int front) =>
        (_sequences, Count, _queries, _keys, Front) = (sequences, count, queries, keys, front);

    /// <summary>How many sequences there are.</summary>
    public int Count { get; }

    /// <summary>The keys in front of each that are not its own.</summary>
    public int Front { get; }

    /// <summary>The queries of all.</summary>
    public long Places => _sequences?.Total ?? (long)Count * _queries;

    /// <summary>The most keys that one has.</summary>
    public int MostKeys => Front + (_sequences?.Longest ?? _keys);

    /// <summary>The queries times keys of one, on average.</summary>
    public long Work => _sequences is null ? (long)_queries * _keys : Places / Math.Max(1, Count) * MostKeys;

    /// <summary>True where a query sees the keys up to its own place and no mask says so.</summary>
    public bool IsCausal => _sequences is { IsCausal: true };

    public static AttentionRows Rectangle(Tensor q, Tensor k) => new(null, (int)q.shape[0], (int)q.shape[2], (int)k.shape[2], front: 0);

    public static AttentionRows Of(Sequences sequences, int front) => new(sequences, sequences.Count, 0, 0, front);

    /// <summary>The row of the batch in which one stands.</summary>
    public int Batch(int sequence) => _sequences is null ? sequence : 0;

    /// <summary>Its first query, and its first own key, within that row.</summary>
    public int First(int sequence) => _sequences?.Start(sequence) ?? 0;

    /// <summary>The number of its first query among those of all.</summary>
    public long FirstPlace(int sequence) => _sequences?.Start(sequence) ?? (long)sequence * _queries;

    public int Queries(int sequence) => _sequences?.Length(sequence) ?? _queries;

    public int OwnKeys(int sequence) => _sequences?.Length(sequence) ?? _keys;
}
