using PeftSharp.Tensors;
using PeftSharp.Tensors.Pickle;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Tensors.Pickle;

public sealed class ZipDirectoryTests : IDisposable
{
    private static readonly (string, byte[])[] _two = [("a/one", [1, 2, 3]), ("a/two", [4, 5])];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, byte[]> Read(byte[] zip)
    {
        using MappedFile file = MappedFile.Open(_folder.Put("x.zip", zip));
        return ZipDirectory.Read(file).Entries.ToDictionary(e => e.Key, e => zip.AsSpan((int)e.Value.Data, (int)e.Value.Length).ToArray());
    }

    private string Fails(byte[] zip)
    {
        string message = Assert.Throws<InvalidDataException>(() => Read(zip)).Message;
        Assert.Matches("x.zip: at byte [0-9]+: ", message);
        return message;
    }

    private static void Same(Dictionary<string, byte[]> found)
    {
        Assert.Equal([1, 2, 3], found["a/one"]);
        Assert.Equal([4, 5], found["a/two"]);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void Read_StoredEntries_FindsTheirBytes()
    {
        Same(Read(RawZip.Of(_two)));
        Same(Read(new RawZip { Comment = "a comment"u8.ToArray() }.Write(_two)));
        Same(Read(new RawZip { Comment = [0x50, 0x4B, 5, 6, .. new byte[30]] }.Write(_two)));
        Assert.Empty(Read(RawZip.Of([])));
    }

    [Fact]
    public void Read_Zip64_FindsTheirBytes() => Same(Read(new RawZip { Zip64 = true }.Write(_two)));

    [Fact]
    public void Read_FileOfTorchSave_HasItsEntries()
    {
        using MappedFile file = MappedFile.Open(Fixtures.PathOf("adapters", "bert", "seq_bn_bin", "pytorch_adapter.bin"));
        IReadOnlyDictionary<string, ZipEntry> entries = ZipDirectory.Read(file).Entries;
        Assert.Contains("pytorch_adapter/data.pkl", entries.Keys);
        Assert.Contains("pytorch_adapter/data/0", entries.Keys);
        Assert.All(entries.Values.Where(e => e.Name.Contains("/data/", StringComparison.Ordinal)), e => Assert.Equal(0, e.Data % 64));
    }

    [Fact]
    public void Read_WrongFields_SaysWhich()
    {
        Assert.Contains("\"a/one\" of the zip archive is compressed", Fails(new RawZip { Method = 8 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("\"a/one\" of the zip archive is encrypted", Fails(new RawZip { Flags = 1 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("another name at its own place", Fails(new RawZip { LocalName = n => n + "x" }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("\"a\" twice", Fails(RawZip.Of([("a", [1]), ("a", [2])])), StringComparison.Ordinal);
        Assert.Contains("overlaps the next", Fails(new RawZip { Size = s => s + 100 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("overlaps the next", Fails(new RawZip { Offset = _ => 0 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("no head where its table says", Fails(new RawZip { Offset = o => o + 2 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("before a table of contents", Fails(new RawZip { Size = _ => 1 << 30 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("before a table of contents", Fails(new RawZip { Zip64 = true, Size = _ => -1 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("before a table of contents", Fails(new RawZip { Zip64 = true, Offset = _ => long.MaxValue }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("entry 2 of the zip archive is not there", Fails(new RawZip { Count = _ => 3, Zip64 = true }.Write([("a/with a long name, so that a third would have room", [1]), _two[1]])), StringComparison.Ordinal);
        Assert.Contains("claims 60000 entries", Fails(new RawZip { Count = _ => 60_000 }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("claims 2147483647 entries", Fails(new RawZip { Zip64 = true, Count = _ => int.MaxValue }.Write(_two)), StringComparison.Ordinal);
        Assert.Contains("belong to no entry", Fails(new RawZip { Count = _ => 1 }.Write(_two)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutAnywhere_IsRefused()
    {
        foreach (RawZip zip in (RawZip[])[new(), new() { Zip64 = true }])
        {
            byte[] whole = zip.Write(_two);
            for (int length = 0; length < whole.Length; length++)
                Fails(whole[..length]);
        }
    }

    [Fact]
    public void Read_BytesInFront_IsRefused() => Assert.Contains("does not end at the record after it", Fails([0, .. RawZip.Of(_two)]), StringComparison.Ordinal);
}
