namespace PeftSharp.Tensors.Pickle;

/// <summary>What the known Python names do when a pickle calls them.</summary>
internal static class TensorCalls
{
    private const int MaximumRank = 64;

    /// <summary>A tensor may repeat the values of its storage (strides of 0) up to this many elements.</summary>
    private const long MaximumRepeated = 1 << 24;

    public static object Call(object? callee, object? arguments, PickleSource source, long at)
    {
        if (callee is not PickleGlobal global || arguments is not object?[] list)
            throw source.Bad("it calls something that is not a known name", at);
        return global.Kind switch
        {
            GlobalKind.OrderedDict => OrderedDict(list, source, at),
            GlobalKind.Size when list is [object?[] sizes] => sizes,
            // Gradients, hooks and attributes are of no use without Python.
            GlobalKind.RebuildParameter when list.Length is 3 or 4 && list[0] is PickledTensor data => data,
            GlobalKind.RebuildTensor => Tensor(list, source, at),
            _ => throw source.Bad($"it calls \"{global.Name}\" with arguments that do not fit", at),
        };
    }

    private static PickleDict OrderedDict(object?[] arguments, PickleSource source, long at)
    {
        PickleDict dict = new();
        if (arguments.Length == 0)
            return dict;
        if (arguments is not [PickleList pairs])
            throw source.Bad("an OrderedDict is made of something that is not a list of pairs", at);
        foreach (object? pair in pairs.Items)
        {
            if ((pair as IReadOnlyList<object?> ?? (pair as PickleList)?.Items) is [var key, var value])
                dict.Add(key, value);
            else
                throw source.Bad("an OrderedDict is made of something that is not a list of pairs", at);
        }
        return dict;
    }

    /// <summary>(storage, offset, size, stride, and for the later versions whether a gradient is wanted, hooks, dtype, metadata).</summary>
    private static PickledTensor Tensor(object?[] arguments, PickleSource source, long at)
    {
        if (arguments is not [PickledStorage storage, long start, object?[] shape, object?[] strides, ..] || arguments.Length > 8)
            throw source.Bad("a tensor is rebuilt from something that is not (storage, offset, size, stride)", at);
        StoredDType? given = arguments.Length >= 7 && arguments[6] is PickleGlobal { Kind: GlobalKind.DType } named ? named.DType : null;
        StoredDType dtype = storage.DType ?? given ?? throw source.Bad("a tensor without a dtype has an untyped storage", at);
        if (storage.DType is not null && given is not null && given != dtype)
            throw source.Bad($"a tensor of {given} has a storage of {dtype}", at);
        long count = storage.DType is null ? storage.Count / dtype.ByteSize() : storage.Count;
        PickledTensor tensor = new(storage, dtype, start, Numbers(shape, "size", source, at), Numbers(strides, "stride", source, at));
        Check(tensor, count, source, at);
        return tensor;
    }

    private static long[] Numbers(object?[] values, string what, PickleSource source, long at)
    {
        if (values.Length > MaximumRank)
            throw source.Bad($"the {what} of a tensor has {values.Length} numbers, more than {MaximumRank}", at);
        return Array.ConvertAll(values, value => value is long number and >= 0 ? number : throw source.Bad($"the {what} of a tensor has something other than whole numbers from 0", at));
    }

    /// <summary>Every element has to lie within the storage, whatever the numbers are.</summary>
    private static void Check(PickledTensor tensor, long count, PickleSource source, long at)
    {
        if (tensor.Shape.Count != tensor.Strides.Count)
            throw source.Bad($"a tensor has {tensor.Shape.Count} sizes and {tensor.Strides.Count} strides", at);
        Int128 elements = 1, last = tensor.Start;
        bool empty = tensor.Shape.Contains(0);
        for (int axis = 0; axis < tensor.Shape.Count; axis++)
        {
            // Sizes of 0 count as 1: torch computes strides that way, and they must not overflow either.
            elements *= Math.Max(tensor.Shape[axis], 1);
            last += (Int128)Math.Max(tensor.Shape[axis] - 1, 0) * tensor.Strides[axis];
            if (elements > long.MaxValue / tensor.DType.ByteSize() || last > long.MaxValue)
                throw source.Bad($"the shape [{string.Join(", ", tensor.Shape)}] of a tensor overflows", at);
        }
        if (tensor.Start < 0 || (!empty && last >= count))
            throw source.Bad($"a tensor [{string.Join(", ", tensor.Shape)}] with strides [{string.Join(", ", tensor.Strides)}] from element {tensor.Start} reaches out of its storage of {count}", at);
        if (!empty && elements > Math.Max(count, MaximumRepeated))
            throw source.Bad($"a tensor [{string.Join(", ", tensor.Shape)}] repeats the {count} values of its storage", at);
    }
}
