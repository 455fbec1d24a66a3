using CsCheck;
using PeftSharp.Models.Gguf;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Testing;
using PeftSharp.Workflows.Converting;
using Xunit;

namespace PeftSharp.Tests.Tensors.Gguf;

/// <summary>Damaged copies of sound files are read, or refused with an <see cref="InvalidDataException"/>; nothing else ever happens.</summary>
[Trait("Category", "Slow")]
public sealed class GgufMutationTests : IDisposable
{
    private static readonly ulong[] _extremes =
        [0, 1, 8, 9, 13, 32, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1UL << 40, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, ulong.MaxValue];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_MutantsOfTheContainer_ReadOrRefused()
    {
        // Without its large tensors: what matters is the header, and every mutant is written to a file.
        string path = _folder.At("container.gguf");
        using (GgufFile container = GgufFile.Open(Fixtures.PathOf("quant", "container.gguf")))
            GgufWriter.Write(path, container.Entries, [.. container.Tensors.Where(tensor => tensor.ByteLength < 4000).Select(tensor => GgufTensor.Copy(container, tensor.Name))]);
        using GgufFile file = GgufFile.Open(path);
        Run(File.ReadAllBytes(path), (int)file.Tensors.Min(tensor => tensor.Offset), mutants: 80_000, Use);
    }

    [Fact]
    public void Open_MutantsOfAModel_ReadOrRefused()
    {
        string path = _folder.At("model.gguf");
        ConvertWorkflow.Run(Fixtures.PathOf("hf_peft", "llama", "base"), path, "q8_0");
        using GgufFile file = GgufFile.Open(path);
        Run(File.ReadAllBytes(path), (int)file.Tensors.Min(tensor => tensor.Offset), mutants: 30_000, UseAsModel);
    }

    private void Run(byte[] sound, int header, int mutants, Action<GgufFile> use)
    {
        int refused = 0, read = 0;
        ThreadLocal<string> paths = new(() => _folder.At($"{Guid.NewGuid():N}.gguf"));
        Mutants(sound, header).SampleSeeded(
            mutant =>
            {
                string path = paths.Value!;
                // Over the old content: emptying the file first would wait for the disk each time.
                using (FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
                {
                    stream.Write(mutant);
                    stream.SetLength(mutant.Length);
                }
                try
                {
                    using GgufFile file = GgufFile.Open(path);
                    use(file);
                    Interlocked.Increment(ref read);
                }
                catch (InvalidDataException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                    Interlocked.Increment(ref refused);
                }
                catch (NotSupportedException error)
                {
                    Assert.Contains(path, error.Message, StringComparison.Ordinal);
                }
            },
            iter: mutants, print: mutant => Convert.ToHexString(mutant.AsSpan(0, Math.Min(mutant.Length, header))));
        Assert.True(refused > mutants / 10 && read > mutants / 100, $"{refused} refused, {read} read");
    }

    /// <summary>Every tensor small enough to be loaded in passing is.</summary>
    private static void Use(GgufFile file)
    {
        Assert.Equal(file.Entries.Count, file.Metadata.Count);
        foreach (GgufTensorInfo tensor in file.Tensors)
            if (tensor.ElementCount < 1 << 12)
                file.Load(tensor.Name).Dispose();
    }

    private static void UseAsModel(GgufFile file)
    {
        Assert.Equal("llama", (string?)LlamaGgufConfig.ToConfig(file)["model_type"]);
        using LlamaGgufCheckpoint weights = new(file);
        foreach (string name in weights.Names.Take(3))
            weights.Load(name).Dispose();
        if (GgufTokenizerReader.HasTokenizer(file.Entries))
            GgufTokenizerReader.ToTokenizer(file.Entries);
    }

    /// <summary>One to four blows: a byte, a word set to something extreme, a cut, a piece doubled or taken out; most of them in the header.</summary>
    private static Gen<byte[]> Mutants(byte[] sound, int header)
    {
        Gen<int> place = Gen.Frequency((9, Gen.Int[0, header - 1]), (1, Gen.Int[0, sound.Length - 1]));
        Gen<ulong> extreme = Gen.Int[0, _extremes.Length - 1].Select(i => _extremes[i]);
        Gen<Func<byte[], byte[]>> blow = Gen.OneOf(
            Gen.Select(place, Gen.Byte, (at, value) => new Func<byte[], byte[]>(bytes => With(bytes, at, [value]))),
            Gen.Select(place, Gen.Int[0, 7], (at, bit) => new Func<byte[], byte[]>(bytes => at < bytes.Length ? With(bytes, at, [(byte)(bytes[at] ^ (1 << bit))]) : bytes)),
            Gen.Select(place, extreme, Gen.Int[1, 8], (at, value, size) => new Func<byte[], byte[]>(bytes => With(bytes, at, BitConverter.GetBytes(value)[..size]))),
            Gen.Select(place, at => new Func<byte[], byte[]>(bytes => bytes[..Math.Min(at, bytes.Length)])),
            Gen.Select(place, Gen.Int[1, 40], (at, size) => new Func<byte[], byte[]>(bytes => at + size <= bytes.Length ? [.. bytes[..at], .. bytes[(at + size)..]] : bytes)),
            Gen.Select(place, Gen.Int[1, 40], (at, size) => new Func<byte[], byte[]>(bytes => at + size <= bytes.Length ? [.. bytes[..(at + size)], .. bytes[at..]] : bytes)));
        return blow.Array[1, 4].Select(blows => blows.Aggregate(sound, (bytes, strike) => strike(bytes)));
    }

    private static byte[] With(byte[] bytes, int at, byte[] value)
    {
        if (at + value.Length > bytes.Length)
            return bytes;
        byte[] copy = [.. bytes];
        value.CopyTo(copy, at);
        return copy;
    }
}
