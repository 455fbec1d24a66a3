using System.Runtime.InteropServices;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Rope;

/// <summary>The cosines and sines of rotary position embeddings (Su et al. 2021, arXiv:2104.09864): position × frequency.</summary>
internal sealed class RotaryTable(RopeFrequencies frequencies)
{
    /// <summary>The most positions that the frequencies are made for.</summary>
    public int MaxPositions => frequencies.MaxPositions;

    /// <summary>Reads the settings of a config.</summary>
    /// <exception cref="PeftException">The scaling is of a type that is not supported, or lacks a setting.</exception>
    public static RotaryTable From(ModelConfig config, int headWidth, RopeDefaults? defaults = null) =>
        new(RopeTypes.Of(RopeParameters.Of(config, defaults), headWidth));

    /// <summary>
    /// The positions of each row's sequence, where the frequencies depend on them and one is long enough; int64, in the shape
    /// of <paramref name="positions"/> so that they can follow its rows. A row's own: padding and neighbours do not count.
    /// </summary>
    /// <param name="positions">int64 (1 or batch, count).</param>
    /// <param name="mask">1 for a real position and 0 for padding, (batch, count or more: the last ones are meant), or null.</param>
    public Tensor? Lengths(Tensor positions, Tensor? mask)
    {
        if (frequencies.Longer is null)
            return null;
        using var scope = NewDisposeScope();
        long count = positions.shape[1];
        Tensor real = mask is null ? positions : positions.mul(mask.narrow(1, mask.shape[1] - count, count).NotEqualTo(0).to(ScalarType.Int64));
        Tensor lengths = real.amax([1], keepdim: true).Plus(1);
        return lengths.NotAbove(frequencies.Original).all().item<bool>()
            ? null
            : lengths.expand(-1, count).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>cos and sin of each position: (shape of positions…, rows of a head that turn), the half repeated, in the given dtype.</summary>
    /// <param name="positions">int64, any shape.</param>
    /// <param name="lengths">Those of <see cref="Lengths"/>, in the same shape.</param>
    /// <param name="dtype">The dtype of the result.</param>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, Tensor? lengths, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        Tensor half = positions.to(ScalarType.Float32).unsqueeze(-1).mul(lengths is null ? tensor(frequencies.Usual, device: positions.device) : ByLength(lengths));
        Tensor angles = cat([half, half], -1);
        return (Scaled(angles.cos()), Scaled(angles.sin()));

        Tensor Scaled(Tensor x) =>
            (frequencies.AttentionFactor == 1 ? x : x.Times(frequencies.AttentionFactor)).to(dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The frequencies of each position: (shape…, half a head).</summary>
    private Tensor ByLength(Tensor lengths)
    {
        using Tensor flat = lengths.cpu().contiguous();
        long[] each = MemoryMarshal.Cast<byte, long>(flat.bytes).ToArray();
        GC.KeepAlive(flat);
        long[] kinds = [.. each.Select(Kind).Distinct()];
        float[] rows = [.. kinds.SelectMany(length => length == 0 ? frequencies.Usual : frequencies.Longer!(length))];
        Tensor table = tensor(rows, [kinds.Length, frequencies.Usual.Length], device: lengths.device);
        Tensor picked = tensor(Array.ConvertAll(each, length => (long)Array.IndexOf(kinds, Kind(length))), device: lengths.device);
        return table.index_select(0, picked).view([.. lengths.shape, frequencies.Usual.Length]);

        // 0 stands for all that are not longer.
        long Kind(long length) => length > frequencies.Original ? length : 0;
    }
}
