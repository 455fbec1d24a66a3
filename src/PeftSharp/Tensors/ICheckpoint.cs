using TorchSharp;

namespace PeftSharp.Tensors;

/// <summary>Named tensors on disk, whichever format and however many files hold them. Any number of threads may read one.</summary>
public interface ICheckpoint : IDisposable
{
    /// <summary>The file or folder that was opened.</summary>
    string Path { get; }

    /// <summary>The names of all tensors, in the order of the files.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Free text that the writer left, such as <c>format=pt</c>.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>True where there is a tensor of that name.</summary>
    bool Contains(string name);

    /// <summary>Dtype, shape and place of a tensor.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name.</exception>
    TensorInfo Info(string name);

    /// <summary>
    /// The tensor itself, on the CPU, in the stored dtype and shape; 8-bit floats, which TorchSharp lacks, as bfloat16, which
    /// holds each of them exactly. It is the caller's to dispose and stays valid after the
    /// checkpoint is disposed. It may share memory with the file's private mapping: nothing written to it reaches the file,
    /// but two loads of one name may see each other's writes, and the file must not be truncated meanwhile.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or the file has become shorter.</exception>
    /// <exception cref="NotSupportedException">TorchSharp has no such dtype.</exception>
    torch.Tensor Load(string name);
}
