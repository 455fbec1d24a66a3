using TorchSharp;

namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// A file that <c>torch.save</c> wrote (<c>pytorch_model.bin</c>, <c>adapter_model.bin</c>, <c>.pt</c>), read without Python and
/// without running anything of it. Weights are mapped, as those of safetensors are.
/// </summary>
internal sealed class PickleCheckpoint : ICheckpoint
{
    /// <summary>Where the Hugging Face Trainer keeps its settings, as a Python object.</summary>
    private const string TrainingArguments = "training_args.bin";

    private readonly MappedFile _file;
    private readonly OrderedDictionary<string, PickledTensor> _tensors;

    private PickleCheckpoint(MappedFile file, StateDict content)
    {
        (_file, _tensors) = (file, content.Tensors);
        Names = [.. content.Tensors.Keys];
        Metadata = content.Metadata;
    }

    public string Path => _file.Path;

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>True where a file begins as a zip archive or as a pickle does.</summary>
    /// <param name="start">Its first 9 bytes, or all where it has fewer.</param>
    public static bool Looks(ReadOnlySpan<byte> start) => IsZip(start) || IsPickle(start);

    /// <summary>Opens a file and reads its pickle.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, holds Python objects, or is no dictionary of tensors.</exception>
    public static PickleCheckpoint Open(string path)
    {
        if (System.IO.Path.GetFileName(path) == TrainingArguments)
            throw new InvalidDataException($"{path} is a Python object with the settings of a Hugging Face Trainer, no weights. Nothing in it can be used here; give the file of the weights.");
        MappedFile file = MappedFile.Open(path);
        try
        {
            Span<byte> start = stackalloc byte[4];
            object? saved = IsZip(start[..file.ReadUpTo(start, 0)]) ? TorchZip.Read(file) : TorchLegacy.Read(file);
            return new PickleCheckpoint(file, StateDict.Of(saved, file.Path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public TensorInfo Info(string name)
    {
        PickledTensor tensor = Find(name);
        int size = tensor.DType.ByteSize();
        return new(name, tensor.DType, tensor.Shape, tensor.Storage.FirstByte + tensor.Start * size, tensor.Count * size);
    }

    public torch.Tensor Load(string name)
    {
        PickledTensor tensor = Find(name);
        TensorInfo info = Info(name);
        if (info.ByteLength == 0 || tensor.IsContiguous)
            return StoredValues.Load(_file, info);
        // The stretch of the storage that it looks at, and then that look, put in order.
        long extent = tensor.Extent;
        using torch.Tensor stretch = StoredValues.Load(_file, info with { Shape = [extent], ByteLength = extent * tensor.DType.ByteSize() });
        using torch.Tensor view = stretch.as_strided([.. tensor.Shape], [.. tensor.Strides], stretch.storage_offset());
        return view.contiguous();
    }

    public void Dispose() => _file.Dispose();

    private PickledTensor Find(string name) => _tensors.TryGetValue(name, out PickledTensor? tensor)
        ? tensor
        : throw new InvalidDataException($"{Path} has no tensor {Shown.Quote(name)}; it has {Names.Count}{(Names.Count > 0 ? $", such as {Shown.Quote(Names[0])}" : "")}.");

    /// <summary>The mark of protocol 2 and later, or torch's magic number as text; not a safetensors header of 640 and some bytes.</summary>
    private static bool IsPickle(ReadOnlySpan<byte> start) =>
        start is [0x80, <= 5, ..] and not [_, _, _, _, 0, 0, 0, 0, (byte)'{', ..] || start.StartsWith("L11954703"u8);

    private static bool IsZip(ReadOnlySpan<byte> start) => start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8);
}
