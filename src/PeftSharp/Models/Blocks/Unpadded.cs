using System.Runtime.InteropServices;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// A batch without its padding: the real tokens of all rows one behind the other, as one row of (1, tokens, …). The layers
/// then compute nothing that is not read, whatever the lengths; attention stays within each sequence.
/// </summary>
internal sealed class Unpadded
{
    private readonly Tensor _places;

    private Unpadded(Tensor places, Sequences sequences, ReadPositions read)
    {
        _places = places;
        Sequences = sequences;
        Read = read;
    }

    /// <summary>Which tokens belong together.</summary>
    public Sequences Sequences { get; }

    /// <summary>The positions that are read.</summary>
    public ReadPositions Read { get; }

    /// <summary>The batch without padding, or null where it has none, where padding is read, or where the pass needs whole rows.</summary>
    /// <param name="mask">1 for a real position and 0 for padding, (batch, length), or null.</param>
    /// <param name="read">The positions that are read, int64 numbers into (batch · length), or null for all.</param>
    /// <param name="hidden">The embeddings, (batch, length, width).</param>
    /// <param name="shape">The attention of the layers.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="causal">True if a token sees no later one.</param>
    public static Unpadded? Of(Tensor? mask, Tensor? read, Tensor hidden, AttentionShape shape, Pass pass, bool causal)
    {
        if (mask is null || read is null || !pass.AllowsUnpadded || !Attention.TakesSequences(hidden, shape.HeadWidth, hidden.shape[1]))
            return null;
        (int batch, int length) = ((int)hidden.shape[0], (int)hidden.shape[1]);
        using Tensor flat = mask.to(ScalarType.Int64).contiguous();
        ReadOnlySpan<long> real = MemoryMarshal.Cast<byte, long>(flat.bytes);
        // For each position its row without padding, or −1.
        var rows = new long[real.Length];
        var starts = new int[batch + 1];
        List<long> places = new(real.Length);
        for (int i = 0; i < real.Length; i++)
        {
            rows[i] = real[i] != 0 ? places.Count : -1;
            if (real[i] != 0)
                places.Add(i);
            if ((i + 1) % length == 0)
                starts[(i + 1) / length] = places.Count;
        }
        GC.KeepAlive(flat);
        if (places.Count == real.Length || places.Count == 0)
            return null;
        using Tensor wanted = read.contiguous();
        long[] picked = [.. MemoryMarshal.Cast<byte, long>(wanted.bytes)];
        GC.KeepAlive(wanted);
        for (int i = 0; i < picked.Length; i++)
            if ((picked[i] = rows[picked[i]]) < 0)
                return null;
        ReadPositions positions = new(read, tensor(picked), hidden.shape);
        return new(tensor(places.ToArray()), new Sequences(starts, causal), positions);
    }

    /// <summary>(batch or 1, length, width) or (batch or 1, length) → (1, tokens, width) or (1, tokens).</summary>
    public Tensor Take(Tensor x)
    {
        using var scope = NewDisposeScope();
        long batch = Sequences.Count;
        Tensor flat = x.dim() == 2 ? x.expand(batch, -1).reshape(-1) : x.expand(batch, -1, -1).reshape(-1, x.shape[2]);
        return flat.index_select(0, _places).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>The same; the padded tensor is freed.</summary>
    public Tensor Replace(Tensor x)
    {
        using (x)
            return Take(x);
    }
}
