using PeftSharp.Models;
using PeftSharp.Tensors;

namespace PeftSharp.Adapters;

/// <summary>
/// Checks a tensor's size before the tensor is made: what a config asks for is worth no memory until the file of the weights
/// bears it out, or, for a fresh adapter, until the machine can hold it.
/// </summary>
/// <param name="model">The base model.</param>
/// <param name="file">The file that will be read; null for a fresh adapter.</param>
internal sealed class ExpectedSizes(BaseModel model, ICheckpoint? file)
{
    private Int128 _values;

    /// <summary>Says that a tensor of this key and shape is about to be made.</summary>
    /// <exception cref="PeftException">The file has it in another shape, or there cannot be so much of it.</exception>
    public void Expect(string key, ReadOnlySpan<long> shape)
    {
        if (file is not null && file.Contains(key))
        {
            Check(key, shape, file.Info(key).Shape, file.Path);
            return;
        }
        Int128 values = 1;
        foreach (long size in shape)
            values *= size;
        _values += values;
        // What a file lacks is named when all is known; until then it may not be more than the model itself.
        if (file is not null && _values > model.ParameterCount)
            throw new PeftException(
                $"{file.Path} has no '{key}', of which {PeftOptions.FileName} asks for [{Sizes(shape)}]: they do not belong together.");
        if (_values * sizeof(float) > MachineMemory.Bytes)
            throw new PeftException(
                $"'{key}' would be [{Sizes(shape)}], and with it the adapter more than the {MachineMemory.Bytes >> 20:N0} MB of this machine's memory: choose a smaller rank or length.");
    }

    /// <exception cref="PeftException">A file's tensor has other sizes.</exception>
    public static void Check(string key, ReadOnlySpan<long> wanted, IReadOnlyList<long> found, string source)
    {
        if (!wanted.SequenceEqual(found.ToArray()))
            throw new PeftException(
                $"{source}: '{key}' is [{string.Join(", ", found)}] and this base model with {PeftOptions.FileName} needs [{Sizes(wanted)}]: the adapter is for another base.");
    }

    private static string Sizes(ReadOnlySpan<long> shape) => string.Join(", ", shape.ToArray());
}
