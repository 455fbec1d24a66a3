namespace PeftSharp.Models.Blocks;

/// <summary>
/// What the tuners of a layer read of state that a call changes, in the order in which they read it: the layer computed
/// again reads the same and changes nothing.
/// </summary>
internal sealed class LayerReplay
{
    private readonly List<double> _values = [];
    private int? _next;

    /// <summary>The next value: read now, or the one that was read the first time.</summary>
    public double Value(Func<double> read)
    {
        if (_next is { } place)
        {
            _next = place + 1;
            return _values[place];
        }
        double value = read();
        _values.Add(value);
        return value;
    }

    /// <summary>Gives the values again from the first one on.</summary>
    public void Rewind() => _next = 0;
}
