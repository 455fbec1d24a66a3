using CsCheck;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors.Pickle;

/// <summary>
/// Pickles and archives that someone broke: each either opens, and then every tensor loads and can be summed, or is refused
/// with the documented exception. Anything else fails the test, and a crash ends the run.
/// </summary>
public sealed class HostilePickleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _opened, _refused, _files;

    public void Dispose() => _folder.Dispose();

    /// <summary>Written by Python's own pickler in both layouts and several protocols, and by torch itself.</summary>
    private static string[] Seeds => [.. Directory.GetFiles(Path.Combine(Fixtures.RepositoryRoot, "tools", "fuzz", "corpus", "pickle")).Order(StringComparer.Ordinal)];

    private static readonly byte[][] _snippets =
    [
        [(byte)'.'], [(byte)'0'], [(byte)'1'], [(byte)'2'], [(byte)'('], [(byte)'t'], [(byte)')'], [(byte)'R'], [(byte)'Q'], [(byte)'b'], [(byte)'u'], [(byte)'s'], [(byte)'e'], [(byte)'a'],
        [0x85], [0x86], [0x87], [0x88], [0x94], [(byte)'h', 0], [(byte)'h', 2], [(byte)'h', 10], [(byte)'q', 0], [(byte)'q', 255], [(byte)'K', 0], [(byte)'K', 255],
        [(byte)'J', 255, 255, 255, 127], [(byte)'J', 0, 0, 0, 128], [(byte)'M', 255, 255], [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127], [0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0x8B, 255, 255, 255, 127], [(byte)'X', 255, 255, 255, 255], [0x8D, 255, 255, 255, 255, 255, 255, 255, 255], [(byte)'j', 255, 255, 255, 255], [(byte)'r', 255, 255, 127, 0],
        .. new[] { "cos\nsystem\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n", "ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n", "ctorch\nLongStorage\n", "ctorch\nSize\n", "I-1\n", "V\\ud800\n" }
            .Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private static readonly Gen<Func<byte[], byte[]>> _change = Gen.OneOf(
        Gen.Select(Gen.Int[0, 100_000], Gen.Byte, (at, value) => (Func<byte[], byte[]>)(f => Splice(f, at % f.Length, 1, [value]))),
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 7], (at, bit) => (Func<byte[], byte[]>)(f => Splice(f, at % f.Length, 1, [(byte)(f[at % f.Length] ^ (1 << bit))]))),
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, _snippets.Length - 1], Gen.Int[0, 4], (at, snippet, gone) => (Func<byte[], byte[]>)(f => Splice(f, at % f.Length, gone, _snippets[snippet]))),
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 100_000], Gen.Int[1, 60], (from, to, count) => (Func<byte[], byte[]>)(f => Splice(f, to % f.Length, 0, [.. f.Skip(from % f.Length).Take(count)]))),
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[1, 40], (at, count) => (Func<byte[], byte[]>)(f => Splice(f, at % f.Length, count, []))),
        Gen.Int[0, 100_000].Select(at => (Func<byte[], byte[]>)(f => f[..(at % f.Length)])));

    [Fact]
    public void Open_Seeds_AllLoad()
    {
        foreach (string seed in Seeds)
            Check(File.ReadAllBytes(seed));
        Assert.Equal((Seeds.Length, 0), (_opened, _refused));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Open_ChangedFiles_LoadOrAreRefused()
    {
        byte[][] seeds = [.. Seeds.Select(File.ReadAllBytes)];
        Gen.Select(Gen.Int[0, seeds.Length - 1], _change.Array[1, 3]).SampleSeeded(
            (seed, changes) => Check(changes.Aggregate(seeds[seed], (f, change) => f.Length < 8 ? f : change(f))), iter: 50_000);
        Assert.True(_opened > 500 && _refused > 10_000, $"{_opened} opened, {_refused} refused");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Open_ChangedPickles_LoadOrAreRefused()
    {
        // The pickle alone is changed, and what surrounds it is right, so that the machine is reached.
        byte[] zip = File.ReadAllBytes(Path.Combine(Fixtures.RepositoryRoot, "tools", "fuzz", "corpus", "pickle", "zip2.bin"));
        int start = zip.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x80, 2]), length = zip.AsSpan(start).IndexOf("PK\u0003\u0004"u8);
        byte[] pickle = zip[start..(start + length)];
        (string, byte[])[] storages = [("0", new byte[24]), ("1", [0x80, 0x3F, 0, 0]), ("2", new byte[8]), ("3", [0, 1, 1])];
        (string, long, byte[])[] old = [("0", 6, new byte[24]), ("1", 2, [0x80, 0x3F, 0, 0]), ("2", 1, new byte[8]), ("3", 3, [0, 1, 1])];
        Gen.Select(Gen.Bool, _change.Array[1, 3]).SampleSeeded((legacy, changes) =>
        {
            byte[] changed = changes.Aggregate(pickle, (f, change) => f.Length < 8 ? f : change(f));
            Check(legacy ? RawTorch.Legacy(changed, old) : RawTorch.Zip(changed, storages));
        }, iter: 60_000);
        Assert.True(_opened > 500 && _refused > 10_000, $"{_opened} opened, {_refused} refused");
    }

    private void Check(byte[] bytes)
    {
        string path = _folder.Put($"{Interlocked.Increment(ref _files)}.bin", bytes);
        try
        {
            using ICheckpoint file = Checkpoint.Open(path);
            foreach (string name in file.Names)
            {
                if (file.Info(name).DType is StoredDType.U16 or StoredDType.U32 or StoredDType.U64)
                    continue;
                using torch.Tensor tensor = file.Load(name), sum = tensor.sum();
                Assert.Equal(file.Info(name).Shape, tensor.shape);
                Assert.Equal(file.Info(name).ElementCount, tensor.numel());
            }
            Interlocked.Increment(ref _opened);
        }
        catch (InvalidDataException e)
        {
            Assert.InRange(e.Message.Length, 20, 1500);
            Interlocked.Increment(ref _refused);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Splice(byte[] file, int at, int gone, byte[] with) => [.. file[..at], .. with, .. file[Math.Min(at + gone, file.Length)..]];
}
