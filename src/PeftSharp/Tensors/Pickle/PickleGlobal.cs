using System.Collections.Frozen;

namespace PeftSharp.Tensors.Pickle;

/// <summary>What one of the few known Python names does.</summary>
internal enum GlobalKind
{
    OrderedDict,
    Size,
    RebuildTensor,
    RebuildParameter,
    Storage,
    DType,
}

/// <summary>
/// A Python name that a file of tensors needs. These are all there are: a name is looked up here and nowhere else, and
/// nothing is ever imported.
/// </summary>
/// <param name="Name">The module and the name, with a dot.</param>
/// <param name="Kind">What is done when it is called.</param>
/// <param name="DType">For a storage or a dtype: the element type; null for an untyped storage.</param>
internal sealed record PickleGlobal(string Name, GlobalKind Kind, StoredDType? DType = null)
{
    private static readonly FrozenDictionary<string, PickleGlobal> _known = new PickleGlobal[]
    {
        new("collections.OrderedDict", GlobalKind.OrderedDict),
        new("torch.Size", GlobalKind.Size),
        new("torch._utils._rebuild_tensor", GlobalKind.RebuildTensor),
        new("torch._utils._rebuild_tensor_v2", GlobalKind.RebuildTensor),
        new("torch._utils._rebuild_tensor_v3", GlobalKind.RebuildTensor),
        new("torch._utils._rebuild_parameter", GlobalKind.RebuildParameter),
        new("torch._utils._rebuild_parameter_with_state", GlobalKind.RebuildParameter),
        new("torch.FloatStorage", GlobalKind.Storage, StoredDType.F32),
        new("torch.DoubleStorage", GlobalKind.Storage, StoredDType.F64),
        new("torch.HalfStorage", GlobalKind.Storage, StoredDType.F16),
        new("torch.BFloat16Storage", GlobalKind.Storage, StoredDType.BF16),
        new("torch.LongStorage", GlobalKind.Storage, StoredDType.I64),
        new("torch.IntStorage", GlobalKind.Storage, StoredDType.I32),
        new("torch.ShortStorage", GlobalKind.Storage, StoredDType.I16),
        new("torch.CharStorage", GlobalKind.Storage, StoredDType.I8),
        new("torch.ByteStorage", GlobalKind.Storage, StoredDType.U8),
        new("torch.BoolStorage", GlobalKind.Storage, StoredDType.BOOL),
        new("torch.ComplexFloatStorage", GlobalKind.Storage, StoredDType.C64),
        new("torch.UntypedStorage", GlobalKind.Storage),
        new("torch.storage.UntypedStorage", GlobalKind.Storage),
        new("torch.float32", GlobalKind.DType, StoredDType.F32),
        new("torch.float64", GlobalKind.DType, StoredDType.F64),
        new("torch.float16", GlobalKind.DType, StoredDType.F16),
        new("torch.bfloat16", GlobalKind.DType, StoredDType.BF16),
        new("torch.int64", GlobalKind.DType, StoredDType.I64),
        new("torch.int32", GlobalKind.DType, StoredDType.I32),
        new("torch.int16", GlobalKind.DType, StoredDType.I16),
        new("torch.int8", GlobalKind.DType, StoredDType.I8),
        new("torch.uint8", GlobalKind.DType, StoredDType.U8),
        new("torch.uint16", GlobalKind.DType, StoredDType.U16),
        new("torch.uint32", GlobalKind.DType, StoredDType.U32),
        new("torch.uint64", GlobalKind.DType, StoredDType.U64),
        new("torch.bool", GlobalKind.DType, StoredDType.BOOL),
        new("torch.complex64", GlobalKind.DType, StoredDType.C64),
        new("torch.float8_e4m3fn", GlobalKind.DType, StoredDType.F8_E4M3),
        new("torch.float8_e5m2", GlobalKind.DType, StoredDType.F8_E5M2),
        new("torch.float8_e8m0fnu", GlobalKind.DType, StoredDType.F8_E8M0),
    }.ToFrozenDictionary(global => global.Name, StringComparer.Ordinal);

    /// <summary>The known name, or the error that says which name is not known.</summary>
    public static PickleGlobal Find(string module, string name, PickleSource source, long at)
    {
        if (_known.TryGetValue($"{module}.{name}", out PickleGlobal? global))
            return global;
        string shown = Shown.Quote($"{module}.{name}");
        throw source.Bad($"{Why(module, name, shown)}; it was not imported and nothing was run", at);
    }

    private static string Why(string module, string name, string shown) => (module, name) switch
    {
        ("torch.storage", "_load_from_bytes") =>
            $"it packs a whole saved file into a value ({shown}), which is not read. Save the state_dict itself with torch.save, or as safetensors",
        _ when module == "transformers" || module.StartsWith("transformers.", StringComparison.Ordinal) =>
            $"it holds the Python object {shown}, settings of the program that wrote it and no weights",
        _ => $"it asks for the Python object {shown}, which files of weights have no need of. Only tensors, dictionaries, lists, numbers and text are read",
    };
}
