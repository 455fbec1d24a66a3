using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>
/// The positions of a batch that are read behind the last layer: a classifier reads one of each row, a loss the labelled
/// ones. Behind its attention, the last layer is computed for these alone.
/// </summary>
internal readonly struct ReadPositions
{
    private readonly Tensor? _positions;
    private readonly long[]? _shape;

    /// <param name="positions">int64 numbers into (batch · length), none twice; null for all.</param>
    /// <param name="shape">(batch, length, hidden).</param>
    public ReadPositions(Tensor? positions, long[] shape)
        : this(positions, positions, shape)
    {
    }

    /// <param name="positions">As above.</param>
    /// <param name="rows">Where they stand in what the layers compute, if that is not the whole batch.</param>
    /// <param name="shape">(batch, length, hidden) of the whole batch.</param>
    public ReadPositions(Tensor? positions, Tensor? rows, long[] shape)
    {
        _positions = positions;
        Rows = rows;
        _shape = shape;
    }

    /// <summary>Every position.</summary>
    public static ReadPositions All => default;

    /// <summary>Where they stand in what the layers compute; null for all.</summary>
    public Tensor? Rows { get; }

    /// <summary>The same with another tensor for <see cref="Rows"/>.</summary>
    public ReadPositions With(Tensor? rows) => new(_positions, rows, _shape ?? []);

    /// <summary>(batch, length, width) → (positions, width); the tensor itself where all are read.</summary>
    public Tensor Pick(Tensor x) => Rows is null ? x : x.reshape(-1, x.shape[^1]).index_select(0, Rows);

    /// <summary>(positions, hidden) → (batch, length, hidden), 0 elsewhere; the tensor itself where all are read.</summary>
    public Tensor Restore(Tensor x)
    {
        if (_positions is null)
            return x;
        (long batch, long length, long width) = (_shape![0], _shape[1], x.shape[^1]);
        using var scope = NewDisposeScope();
        Tensor empty = zeros([batch * length, width], dtype: x.dtype, device: x.device);
        return empty.index_copy(0, _positions, x).view(batch, length, width).MoveToOuterDisposeScope();
    }
}
