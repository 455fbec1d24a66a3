using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors;

/// <summary>
/// Files that someone broke, by accident or not: each either opens, and then every tensor loads and can be summed, or is
/// refused with the documented exception. Anything else fails the test, and a crash ends the run.
/// </summary>
public sealed partial class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _opened, _refused, _files;

    public void Dispose() => _folder.Dispose();

    private static readonly string[] _tokens =
    [
        "0", "1", "2", "7", "8", "-1", "-0", "1.0", "1e3", "1e999", "2147483648", "4294967296", "4611686018427387904", "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "340282366920938463463374607431768211456", "00", "NaN", "null", "true", "{", "}", "[", "]", ",", ":", "{}", "[]", "[0,0]", "[0,8]", "\"", "\"\"", "\\",
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\"f32\"", "\"i64\"", "\"\\ud800\"", "\"\\u0000\"", "\"F32\"", "\"F64\"", "\"I64\"", "\"I8\"", "\"U8\"", "\"BOOL\"", "\"BF16\"", "\"F16\"",
        "\"U16\"", "\"U64\"", "\"C64\"", "\"F8_E5M2\"", "\"F4\"", "\"🙂\"", " ", "\n", "\0", "/**/", "//", new string('[', 1000), "{\"a\":".PadRight(4000, '{'), new string('9', 400), "\"" + new string('n', 5000) + "\"",
    ];

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9.]+|.", RegexOptions.Singleline)]
    private static partial Regex Token();

    // One change to a whole file: bytes anywhere in the length and the header, the length, the end of the file.
    private static readonly Gen<Func<byte[], byte[]>> _byteChange = Gen.OneOf(
        Gen.Select(Gen.Int[0, 2000], Gen.Byte, (at, value) => (Func<byte[], byte[]>)(f => Edit(f, at % f.Length, value))),
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 7], (at, bit) => (Func<byte[], byte[]>)(f => Edit(f, at % f.Length, (byte)(f[at % f.Length] ^ (1 << bit))))),
        Gen.Int[0, 100_000].Select(at => (Func<byte[], byte[]>)(f => f[..(at % (f.Length + 1))])),
        Gen.Select(Gen.Int[0, 7], Gen.Byte, (at, value) => (Func<byte[], byte[]>)(f => Edit(f, at, value))),
        Gen.Int[-80, 80].Select(by => (Func<byte[], byte[]>)(f => Length(f, BinaryPrimitives.ReadInt64LittleEndian(f) + by))),
        Gen.OneOf(Gen.Long, Gen.Long[0, 200_000_000]).Select(length => (Func<byte[], byte[]>)(f => Length(f, length))),
        Gen.Byte.Array[1, 20].Select(more => (Func<byte[], byte[]>)(f => [.. f, .. more])),
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[1, 20], (at, count) => (Func<byte[], byte[]>)(f => [.. f[..(at % f.Length)], .. f[Math.Min(at % f.Length + count, f.Length)..]])));

    // One change to the tokens of the JSON; the length is put right, so that the parser is reached.
    private static readonly Gen<Action<List<string>>> _tokenChange = Gen.OneOf(
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, _tokens.Length - 1], (at, token) => (Action<List<string>>)(t => t[at % t.Count] = _tokens[token])),
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, _tokens.Length - 1], (at, token) => (Action<List<string>>)(t => t.Insert(at % t.Count, _tokens[token]))),
        Gen.Int[0, 10_000].Select(at => (Action<List<string>>)(t => t.RemoveAt(at % t.Count))),
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000], (a, b) => (Action<List<string>>)(t => (t[a % t.Count], t[b % t.Count]) = (t[b % t.Count], t[a % t.Count]))),
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000], Gen.Int[1, 30], (from, to, count) => (Action<List<string>>)(t => t.InsertRange(to % t.Count, [.. t.Skip(from % t.Count).Take(count)]))),
        // Numbers for numbers keep the JSON right and the meaning wrong.
        Gen.Select(Gen.Int[0, 10_000], Gen.Long[0, 100], (at, number) => (Action<List<string>>)(t => ReplaceNumber(t, at, number))));

    [Fact]
    [Trait("Category", "Slow")]
    public void Open_ChangedBytes_LoadsOrIsRefused()
    {
        byte[] valid = RawSafetensors.Valid();
        _byteChange.Array[1, 3].SampleSeeded(changes => Check(changes.Aggregate(valid, (f, change) => f.Length < 8 ? f : change(f))), iter: 60_000);
        Assert.True(_opened > 50 && _refused > 5_000, $"{_opened} opened, {_refused} refused");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Open_ChangedJson_LoadsOrIsRefused()
    {
        byte[] valid = RawSafetensors.Valid();
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(valid);
        string[] tokens = [.. Token().Matches(Encoding.UTF8.GetString(valid, 8, length).TrimEnd()).Select(m => m.Value)];
        _tokenChange.Array[1, 3].SampleSeeded(changes =>
        {
            List<string> changed = [.. tokens];
            foreach (Action<List<string>> change in changes)
                if (changed.Count > 0)
                    change(changed);
            Check(RawSafetensors.Of(string.Concat(changed), valid[(8 + length)..]));
        }, iter: 60_000);
        Assert.True(_opened > 50 && _refused > 5_000, $"{_opened} opened, {_refused} refused");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Open_ChangedIndex_OpensOrIsRefused()
    {
        Directory.CreateDirectory(_folder.At("model"));
        File.WriteAllBytes(_folder.At("model", "s1.safetensors"), RawSafetensors.Valid());
        string index = "{\"metadata\":{\"total_size\":72},\"weight_map\":{\"f32\":\"s1.safetensors\",\"i64\":\"s1.safetensors\"}}";
        string[] tokens = [.. Token().Matches(index).Select(m => m.Value)];
        string[] names = ["\"../x\"", "\"/etc/passwd\"", "\"C:\\\\x\"", "\"\"", "\"..\"", "\"s1.safetensors\\u0000\""];
        Gen.Select(_tokenChange.Array[0, 2], Gen.Int[0, 40], Gen.Int[0, names.Length - 1]).SampleSeeded((changes, at, name) =>
        {
            List<string> changed = [.. tokens];
            if (at < changed.Count)
                changed[at] = names[name];
            foreach (Action<List<string>> change in changes)
                change(changed);
            string path = _folder.At("model", $"{Interlocked.Increment(ref _files)}.index.json");
            File.WriteAllText(path, string.Concat(changed));
            Open(() => Checkpoint.Open(path));
            File.Delete(path);
        }, iter: 4_000);
        Assert.True(_opened > 20 && _refused > 2_000, $"{_opened} opened, {_refused} refused");
    }

    private void Check(byte[] bytes)
    {
        string path = _folder.Put($"{Interlocked.Increment(ref _files)}.safetensors", bytes);
        Open(() => SafetensorsFile.Open(path));
        File.Delete(path);
    }

    private void Open(Func<ICheckpoint> open)
    {
        ICheckpoint file;
        try
        {
            file = open();
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            Assert.InRange(e.Message.Length, 20, 1500);
            Interlocked.Increment(ref _refused);
            return;
        }
        using (file)
        {
            foreach (string name in file.Names)
            {
                if (file.Info(name).DType is StoredDType.U16 or StoredDType.U32 or StoredDType.U64)
                {
                    Assert.Throws<NotSupportedException>(() => file.Load(name));
                    continue;
                }
                using torch.Tensor tensor = file.Load(name), sum = tensor.sum();
                Assert.Equal(file.Info(name).ElementCount, tensor.numel());
                Assert.Equal(1, sum.numel());
            }
        }
        Interlocked.Increment(ref _opened);
    }

    private static byte[] Edit(byte[] file, int at, byte value)
    {
        byte[] copy = (byte[])file.Clone();
        copy[at] = value;
        return copy;
    }

    private static byte[] Length(byte[] file, long length)
    {
        byte[] copy = (byte[])file.Clone();
        BinaryPrimitives.WriteInt64LittleEndian(copy, length);
        return copy;
    }

    private static void ReplaceNumber(List<string> tokens, int at, long number)
    {
        int[] places = [.. Enumerable.Range(0, tokens.Count).Where(i => long.TryParse(tokens[i], out _))];
        if (places.Length > 0)
            tokens[places[at % places.Length]] = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
