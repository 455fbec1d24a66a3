namespace PeftSharp.Tensors.Pickle;

/// <summary>A Python list.</summary>
internal sealed class PickleList
{
    private List<object?>? _items;

    public IReadOnlyList<object?> Items => (IReadOnlyList<object?>?)_items ?? [];

    public void Add(object? value) => (_items ??= []).Add(value);
}

/// <summary>
/// A Python dictionary, as a list: keys are not looked up while it is built, so that keys chosen to collide cost nothing.
/// </summary>
internal sealed class PickleDict
{
    private List<KeyValuePair<object?, object?>>? _items;

    public IReadOnlyList<KeyValuePair<object?, object?>> Items => (IReadOnlyList<KeyValuePair<object?, object?>>?)_items ?? [];

    public void Add(object? key, object? value) => (_items ??= []).Add(new(key, value));

    /// <summary>The last value under a text key, or null.</summary>
    public object? Find(string key) => Items.LastOrDefault(item => item.Key is string text && text == key).Value;
}

/// <summary>The values of one storage: a run of numbers somewhere in the file.</summary>
internal sealed class PickledStorage
{
    /// <summary>The type of its elements; null where the tensors say it (<c>UntypedStorage</c>, counted in bytes).</summary>
    public required StoredDType? DType { get; init; }

    /// <summary>Its elements, or bytes where it has no type.</summary>
    public required long Count { get; init; }

    /// <summary>Where its first byte lies in the file; set once that is known.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>For a part of another storage: that one and the element it starts at. Null else.</summary>
    public (PickledStorage Root, long From)? PartOf { get; init; }

    /// <summary>Where its first byte lies, whatever it is a part of.</summary>
    public long FirstByte => PartOf is { } part ? part.Root.Offset + part.From * (DType?.ByteSize() ?? 1) : Offset;
}

/// <summary>A tensor: a strided look at a storage. Checked: every element lies within the storage.</summary>
internal sealed record PickledTensor(PickledStorage Storage, StoredDType DType, long Start, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides)
{
    /// <summary>The number of its elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>From its first element to one past its last, in elements of the storage.</summary>
    public long Extent => Shape.Contains(0) ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    /// <summary>True where its elements lie one after the other.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Shape.Count - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                    return false;
                expected *= Shape[axis];
            }
            return true;
        }
    }
}
