namespace PeftSharp.Generation.Processing;

/// <summary>Tokens in an order, of which the first ones are kept; arrays are reused.</summary>
internal sealed class Ranking(int vocabulary)
{
    private readonly int[] _ids = new int[vocabulary];
    private readonly float[] _keys = new float[vocabulary];
    private readonly float[] _kept = new float[vocabulary];

    /// <summary>The tokens of the highest scores, highest first.</summary>
    public ReadOnlySpan<int> Highest(ReadOnlySpan<float> scores, int count)
    {
        for (int id = 0; id < scores.Length; id++)
            _keys[id] = -scores[id];
        return Sorted()[..Math.Min(count, scores.Length)];
    }

    /// <summary>The tokens of the lowest keys, lowest first.</summary>
    public ReadOnlySpan<int> Lowest(ReadOnlySpan<float> keys)
    {
        keys.CopyTo(_keys);
        return Sorted();
    }

    /// <summary>Leaves the first so many tokens of the order and forbids the rest.</summary>
    public void KeepFirst(int count, Span<float> scores)
    {
        for (int i = 0; i < count; i++)
            _kept[i] = scores[_ids[i]];
        scores.Fill(float.NegativeInfinity);
        for (int i = 0; i < count; i++)
            scores[_ids[i]] = _kept[i];
    }

    private ReadOnlySpan<int> Sorted()
    {
        for (int id = 0; id < _ids.Length; id++)
            _ids[id] = id;
        _keys.AsSpan().Sort(_ids.AsSpan());
        return _ids;
    }
}
