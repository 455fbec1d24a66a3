namespace PeftSharp.Tensors.Pickle;

/// <summary>The stack, the marks and the memo of a pickle machine, all bounded.</summary>
internal sealed class PickleStack(PickleSource source)
{
    /// <summary>
    /// The most values a pickle may push: some 25 for each tensor, so this is for 300,000 tensors. It bounds the memory that a
    /// pickle can make us use to some hundred megabytes.
    /// </summary>
    public const int MaximumValues = 1 << 23;

    /// <summary>The most values that may lie on the stack at once; the writers of pickles flush every thousand.</summary>
    private const int MaximumDepth = 1 << 20;

    private readonly List<object?> _values = [];
    private readonly List<int> _marks = [];
    private readonly List<object?> _memo = [];
    private static readonly object _unset = new();
    private int _pushed;

    /// <summary>The number of values above the last mark.</summary>
    private int Available => _values.Count - (_marks.Count > 0 ? _marks[^1] : 0);

    public void Push(object? value)
    {
        if (++_pushed > MaximumValues)
            throw source.Bad($"it makes more than {MaximumValues} values, far more than names and shapes need");
        if (_values.Count == MaximumDepth)
            throw source.Bad($"more than {MaximumDepth} values lie on its stack");
        _values.Add(value);
    }

    public object? Pop()
    {
        object? top = Top();
        _values.RemoveAt(_values.Count - 1);
        return top;
    }

    public object? Top() => Available > 0 ? _values[^1] : throw source.Bad("it takes a value from an empty stack");

    public void Mark()
    {
        if (_marks.Count == MaximumDepth)
            throw source.Bad($"more than {MaximumDepth} marks lie on its stack");
        _marks.Add(_values.Count);
    }

    /// <summary>Takes the last mark and all above it.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw source.Bad("it goes back to a mark that was never set");
        int from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] taken = [.. _values[from..]];
        _values.RemoveRange(from, _values.Count - from);
        return taken;
    }

    /// <summary>Takes the last values, the first of them first.</summary>
    public object?[] Pop(int count)
    {
        object?[] taken = new object?[count];
        for (int i = count - 1; i >= 0; i--)
            taken[i] = Pop();
        return taken;
    }

    /// <summary>True where the next pop would meet a mark, which <c>POP</c> then takes instead.</summary>
    public bool TakeMarkOnTop()
    {
        if (_marks.Count == 0 || Available > 0)
            return false;
        _marks.RemoveAt(_marks.Count - 1);
        return true;
    }

    public void Remember(long index)
    {
        object? value = Top();
        if (index is < 0 or >= MaximumValues)
            throw source.Bad($"it remembers a value as number {index}; numbers go up to {MaximumValues - 1}");
        while (_memo.Count <= index)
            _memo.Add(_unset);
        _memo[(int)index] = value;
    }

    /// <summary>Remembers the top under the next free number.</summary>
    public void Remember() => Remember(_memo.Count);

    public object? Recall(long index) => index >= 0 && index < _memo.Count && !ReferenceEquals(_memo[(int)index], _unset)
        ? _memo[(int)index]
        : throw source.Bad($"it recalls value {index}, which it has not remembered");
}
