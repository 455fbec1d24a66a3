using PeftSharp.Tensors;
using PeftSharp.Text;
using TorchSharp;

namespace PeftSharp.Fuzz;

/// <summary>
/// What is done with one input of each format. An input is either used to the end or refused with the documented
/// exception; whatever else leaves a target is a finding.
/// </summary>
internal static class Targets
{
    private const string Sample = "Hello wörld, 'tis 123 é 😀‍ 中文 [CLS]<|im_start|>\n\t xxxxx \ud800";

    public static IReadOnlyDictionary<string, Action<byte[]>> ByFormat { get; } = new SortedDictionary<string, Action<byte[]>>(StringComparer.Ordinal)
    {
        ["pickle"] = input => Weights(input, ".bin"),
        ["safetensors"] = input => Weights(input, ".safetensors"),
        ["tokenizer"] = Tokenizers,
    };

    private static void Weights(byte[] input, string extension)
    {
        // Memory-mapped by the readers, so it has to be a file; /dev/shm keeps the disk out of it.
        string folder = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string path = Path.Combine(folder, $"peftsharp-fuzz-{Environment.ProcessId}{extension}");
        File.WriteAllBytes(path, input);
        try
        {
            using ICheckpoint file = Checkpoint.Open(path);
            foreach (string name in file.Names)
                Load(file, name);
        }
        catch (InvalidDataException)
        {
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Load(ICheckpoint file, string name)
    {
        try
        {
            using torch.Tensor tensor = file.Load(name), sum = tensor.sum();
            if (tensor.numel() != file.Info(name).ElementCount || !tensor.shape.SequenceEqual(file.Info(name).Shape))
                throw new InvalidOperationException($"'{name}' is not what its entry says.");
        }
        catch (NotSupportedException)
        {
        }
    }

    private static void Tokenizers(byte[] input)
    {
        try
        {
            Tokenizer tokenizer = Tokenizer.Parse(input);
            Encoding encoding = tokenizer.Encode(Sample, "a pair");
            foreach (int id in encoding.Ids)
                if (tokenizer.IdToToken(id) is null)
                    throw new InvalidOperationException($"token {id} has no name.");
            DecodeStream stream = tokenizer.CreateDecodeStream();
            string streamed = string.Concat(encoding.ToIdArray().Select(stream.Add)) + stream.Flush();
            if (streamed != tokenizer.Decode(encoding.Ids))
                throw new InvalidOperationException("decoding as a stream differs from decoding at once.");
        }
        catch (InvalidDataException)
        {
        }
    }
}
