using PeftSharp.Kernels;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using TorchSharp;
using Xunit;

namespace PeftSharp.Tests.Tensors.Pickle;

public sealed class PickleCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ICheckpoint Open(byte[] file) => Checkpoint.Open(_folder.Put("x.bin", file));

    private string Fails(byte[] file)
    {
        string message = Assert.Throws<InvalidDataException>(() => Open(file)).Message;
        Assert.Contains("x.bin", message, StringComparison.Ordinal);
        return message;
    }

    private static byte[] Zip(string name, Func<RawPickle, RawPickle> value, params (string, byte[])[] storages) => RawTorch.Zip(RawPickle.Dict(name, value), storages);

    private static float[] Values(ICheckpoint file, string name)
    {
        using torch.Tensor tensor = file.Load(name), single = tensor.to(torch.ScalarType.Float32);
        return single.data<float>().ToArray();
    }

    [Theory]
    [InlineData("seq_bn_bin", "pytorch_adapter.bin", "seq_bn", "adapter.safetensors")]
    [InlineData("seq_bn_bin", "pytorch_model_head.bin", "seq_bn", "model_head.safetensors")]
    [InlineData("prefix_tuning", "pytorch_adapter.bin", "prefix_tuning", "adapter.safetensors")]
    [InlineData("v_new_ln_before", "pytorch_adapter.bin", "v_new_ln_before", "adapter.safetensors")]
    public void Open_FileOfTorchSave_EqualsTheSafetensors(string folder, string file, string safeFolder, string safeFile)
    {
        using ICheckpoint pickle = Checkpoint.Open(Fixtures.PathOf("adapters", "bert", folder, file));
        using SafetensorsFile safe = SafetensorsFile.Open(Fixtures.PathOf("adapters", "bert", safeFolder, safeFile));
        // A .bin may hold a tensor under further names, which safetensors cannot.
        Assert.Subset(pickle.Names.ToHashSet(), safe.Names.ToHashSet());
        foreach (string name in safe.Names)
        {
            Assert.Equal(safe.Info(name).Shape, pickle.Info(name).Shape);
            Assert.Equal(safe.Info(name).DType, pickle.Info(name).DType);
            using torch.Tensor found = pickle.Load(name), expected = safe.Load(name);
            Assert.Equal(expected.bytes.ToArray(), found.bytes.ToArray());
        }
    }

    [Fact]
    public void Load_EveryTypeOfStorage_HasItsBits()
    {
        (string Type, StoredDType DType)[] types =
        [
            ("FloatStorage", StoredDType.F32), ("DoubleStorage", StoredDType.F64), ("HalfStorage", StoredDType.F16), ("BFloat16Storage", StoredDType.BF16),
            ("LongStorage", StoredDType.I64), ("IntStorage", StoredDType.I32), ("ShortStorage", StoredDType.I16), ("CharStorage", StoredDType.I8),
            ("ByteStorage", StoredDType.U8), ("BoolStorage", StoredDType.BOOL), ("ComplexFloatStorage", StoredDType.C64),
        ];
        RawPickle pickle = RawPickle.Of().Op("}(");
        foreach ((string type, _) in types)
            pickle.Text(type).Tensor(type, type, 3, 0, [3], [1]);
        byte[] Data(StoredDType dtype) => [.. Enumerable.Range(1, 3 * dtype.ByteSize()).Select(i => dtype == StoredDType.BOOL ? (byte)(i % 2) : (byte)i)];
        byte[] saved = pickle.Op("u").Stop();
        byte[] zip = RawTorch.Zip(saved, [.. types.Select(t => (t.Type, Data(t.DType)))]);
        byte[] legacy = RawTorch.Legacy(saved, [.. types.Select(t => (t.Type, 3L, Data(t.DType)))]);
        foreach (byte[] layout in (byte[][])[zip, legacy])
        {
            using ICheckpoint file = Open(layout);
            foreach ((string type, StoredDType dtype) in types)
            {
                Assert.Equal(dtype, file.Info(type).DType);
                Assert.Equal(3 * dtype.ByteSize(), file.Info(type).ByteLength);
                using torch.Tensor tensor = file.Load(type);
                Assert.Equal(dtype, tensor.dtype.ToStoredDType());
                Assert.Equal(Data(dtype), tensor.bytes.ToArray());
            }
        }
    }

    [Theory]
    [InlineData("float8_e4m3fn", StoredDType.F8_E4M3, new float[] { 0, 1, -2 })]
    [InlineData("float8_e5m2", StoredDType.F8_E5M2, new float[] { 0, 0.0078125f, -8 })]
    public void Load_UntypedStorageOfNewDType_TakesTheTensors(string dtype, StoredDType expected, float[] values)
    {
        byte[] file = Zip("a", p => p.Global("torch._utils", "_rebuild_tensor_v3").Op("((").Text("storage").Global("torch.storage", "UntypedStorage")
            .Text("0").Text("cpu").Int(3).Op("tQ").Int(0).Tuple(3).Tuple(1).Raw(0x89).Global("collections", "OrderedDict").Op(")R").Global("torch", dtype).Op("tR"), ("0", [0, 0x38, 0xC0]));
        using ICheckpoint checkpoint = Open(file);
        Assert.Equal(expected, checkpoint.Info("a").DType);
        using torch.Tensor tensor = checkpoint.Load("a");
        Assert.Equal(torch.ScalarType.BFloat16, tensor.dtype);
        if (expected == StoredDType.F8_E4M3)
            Assert.Equal(values, Values(checkpoint, "a"));
    }

    [Fact]
    public void Load_ViewsWithStrides_AreRightAndContiguous()
    {
        byte[] data = RawTorch.Floats(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        (long Start, long[] Shape, long[] Strides, float[] Values)[] views =
        [
            (0, [3, 4], [4, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            (0, [4, 3], [1, 4], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
            (5, [2], [1], [5, 6]),
            (1, [2, 2], [4, 2], [1, 3, 5, 7]),
            (11, [], [], [11]),
            (3, [2, 3], [0, 1], [3, 4, 5, 3, 4, 5]),
            (2, [1, 4, 1], [99, 3, 77], [2, 5, 8, 11]),
            (0, [0, 5], [5, 1], []),
            (12, [0], [1], []),
        ];
        RawPickle pickle = RawPickle.Of().Op("}(");
        for (int i = 0; i < views.Length; i++)
            pickle.Text($"v{i}").Tensor("FloatStorage", "0", 12, views[i].Start, views[i].Shape, views[i].Strides);
        byte[] saved = pickle.Op("u").Stop();
        foreach (byte[] layout in (byte[][])[RawTorch.Zip(saved, ("0", data)), RawTorch.Legacy(saved, ("0", 12, data))])
        {
            using ICheckpoint file = Open(layout);
            for (int i = 0; i < views.Length; i++)
            {
                using torch.Tensor tensor = file.Load($"v{i}");
                Assert.True(tensor.is_contiguous());
                Assert.Equal(views[i].Shape, tensor.shape);
                Assert.Equal(views[i].Shape, file.Info($"v{i}").Shape);
                Assert.Equal(views[i].Values, tensor.numel() == 0 ? [] : tensor.data<float>().ToArray());
            }
        }
    }

    [Fact]
    public void Load_TiedWeights_ShareTheirMemory()
    {
        byte[] saved = RawPickle.Of().Op("}(").Text("a").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Text("b").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op("u").Stop();
        using ICheckpoint file = Open(RawTorch.Zip(saved, ("0", RawTorch.Floats(1, 2))));
        using torch.Tensor a = file.Load("a"), b = file.Load("b");
        a.FillInPlace(7);
        Assert.Equal([7f, 7f], b.data<float>().ToArray());
        Assert.Equal([1f, 2f], File.ReadAllBytes(_folder.At("x.bin")).AsSpan((int)file.Info("a").Offset, 8).ToArray().Chunk(4).Select(c => BitConverter.ToSingle(c)));
    }

    [Fact]
    public void Load_AfterTheCheckpointIsDisposed_StaysValid()
    {
        torch.Tensor tensor;
        using (ICheckpoint file = Open(Zip("a", p => p.Tensor("FloatStorage", "0", 2, 0, [2], [1]), ("0", RawTorch.Floats(1, 2)))))
            tensor = file.Load("a");
        using (tensor)
            Assert.Equal([1f, 2f], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Open_ParametersSizesAndAttributes_AreTakenApart()
    {
        // What torch.save writes for a state_dict with Parameters: a torch.Size, hooks and the _metadata attribute.
        byte[] saved = RawPickle.Of().Global("collections", "OrderedDict").Op(")R(").Text("w")
            .Global("torch._utils", "_rebuild_parameter").Op("(").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Raw(0x88).Global("collections", "OrderedDict").Op(")RtR")
            .Text("v").Global("torch._utils", "_rebuild_tensor").Op("(").Storage("FloatStorage", "0", 2).Int(1).Global("torch", "Size").Tuple(1).Raw(0x85).Op("R").Tuple(1).Op("tR")
            .Op("u}").Text("_metadata").Global("collections", "OrderedDict").Op(")R(").Text("").Op("}").Text("version").Int(1).Op("susb").Stop();
        using ICheckpoint file = Open(RawTorch.Zip(saved, ("0", RawTorch.Floats(1, 2))));
        Assert.Equal(["w", "v"], file.Names);
        Assert.Equal([1f, 2f], Values(file, "w"));
        Assert.Equal([2f], Values(file, "v"));
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Open_TrainingCheckpoint_NamesWhatLiesWithin()
    {
        byte[] saved = RawPickle.Of().Op("}(").Text("model").Op("}").Text("w").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op("s")
            .Text("states").Op("](").Tensor("FloatStorage", "0", 2, 1, [1], [1]).Op("}").Int(3).Tensor("FloatStorage", "0", 2, 0, [1], [1]).Op("se")
            .Text("epoch").Int(3).Text("loss").Op("F0.5\n").Text("name").Text("mine").Text("best").Op("N").Op("u").Stop();
        using ICheckpoint file = Open(RawTorch.Zip(saved, ("0", RawTorch.Floats(1, 2))));
        Assert.Equal(["model.w", "states.0", "states.1.3"], file.Names);
        Assert.Equal([2f], Values(file, "states.0"));
        Assert.Equal(["epoch=3", "loss=0.5", "name=mine", "best=None"], file.Metadata.Select(m => $"{m.Key}={m.Value}"));
    }

    [Fact]
    public void Open_LegacyFileWithPartsOfStorages_ReadsThem()
    {
        byte[] saved = RawPickle.Of().Op("}(")
            .Text("all").Tensor(p => p.OldStorage("FloatStorage", "7", 6), 0, [6], [1])
            .Text("part").Tensor(p => p.OldStorage("FloatStorage", "7", 6, ("8", 2, 3)), 1, [2], [1]).Op("u").Stop();
        using ICheckpoint file = Open(RawTorch.Legacy(saved, ("7", 6, RawTorch.Floats(0, 1, 2, 3, 4, 5))));
        Assert.Equal([3f, 4f], Values(file, "part"));
        Assert.Equal([0f, 1f, 2f, 3f, 4f, 5f], Values(file, "all"));
    }

    [Theory]
    [InlineData(0, 12, new long[] { 13 }, new long[] { 1 }, "reaches out of its storage")]
    [InlineData(12, 12, new long[] { 1 }, new long[] { 1 }, "reaches out of its storage")]
    [InlineData(-1, 12, new long[] { 1 }, new long[] { 1 }, "reaches out of its storage")]
    [InlineData(0, 12, new long[] { 2, 2 }, new long[] { 11, 1 }, "reaches out of its storage")]
    [InlineData(long.MaxValue, 12, new long[] { 1 }, new long[] { 1 }, "reaches out of its storage")]
    [InlineData(0, 12, new long[] { 4 }, new long[] { -1 }, "whole numbers from 0")]
    [InlineData(0, 12, new long[] { -4 }, new long[] { 1 }, "whole numbers from 0")]
    [InlineData(0, 12, new long[] { 2, 2 }, new long[] { 1 }, "2 sizes and 1 strides")]
    [InlineData(0, 12, new long[] { long.MaxValue, long.MaxValue }, new long[] { 0, 0 }, "overflows")]
    [InlineData(0, 12, new long[] { 0, long.MaxValue, 4 }, new long[] { 0, 0, 0 }, "overflows")]
    [InlineData(0, 12, new long[] { 3 }, new long[] { long.MaxValue }, "overflows")]
    [InlineData(0, 12, new long[] { 1 << 20, 1 << 20 }, new long[] { 0, 0 }, "repeats the 12 values")]
    [InlineData(0, 12, new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, new long[] { 1 }, "more than 64")]
    [InlineData(0, 13, new long[] { 1 }, new long[] { 1 }, "has 48 bytes, the pickle says 52")]
    [InlineData(0, -1, new long[] { 1 }, new long[] { 1 }, "not a storage")]
    [InlineData(0, long.MaxValue, new long[] { 1 }, new long[] { 1 }, "not a storage")]
    public void Open_TensorThatDoesNotFit_SaysWhy(long start, long count, long[] shape, long[] strides, string expected) =>
        Assert.Contains(expected, Fails(Zip("a", p => p.Tensor("FloatStorage", "0", count, start, shape, strides), ("0", new byte[48]))), StringComparison.Ordinal);

    [Fact]
    public void Open_StorageThatIsNotThere_IsNamed()
    {
        Assert.Contains("storage \"9\" is not in the archive", Fails(Zip("a", p => p.Tensor("FloatStorage", "9", 1, 0, [1], [1]), ("0", new byte[4]))), StringComparison.Ordinal);
        Assert.Contains("storage \"../data.pkl\" is not", Fails(Zip("a", p => p.Tensor("FloatStorage", "../data.pkl", 1, 0, [1], [1]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_StorageDescribedInTwoWays_IsRefused()
    {
        byte[] saved = RawPickle.Of().Op("}(").Text("a").Tensor("FloatStorage", "0", 2, 0, [1], [1]).Text("b").Tensor("IntStorage", "0", 2, 0, [1], [1]).Op("u").Stop();
        Assert.Contains("described in two ways", Fails(RawTorch.Zip(saved, ("0", new byte[8]))), StringComparison.Ordinal);
        Assert.Contains("described in two ways", Fails(RawTorch.Legacy(saved, ("0", 2, new byte[8]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LegacyFileThatLies_SaysWhere()
    {
        byte[] saved = RawPickle.Dict("a", p => p.Tensor("FloatStorage", "0", 2, 0, [2], [1]));
        byte[] right = RawTorch.Legacy(saved, ("0", 2, new byte[8]));
        using (Open(right))
            Assert.Contains("cut short in storage \"0\"", Fails(right[..^1]), StringComparison.Ordinal);
        Assert.Contains("1 bytes after the last storage", Fails([.. right, 1]), StringComparison.Ordinal);
        Assert.Contains("has 3 elements, the pickle says 2", Fails(RawTorch.Legacy(saved, ("0", 3, new byte[12]))), StringComparison.Ordinal);
        Assert.Contains("storage \"0\" has no numbers", Fails(RawTorch.Legacy(saved)), StringComparison.Ordinal);
        Assert.Contains("\"1\" of a storage is unknown or comes twice", Fails(RawTorch.Legacy(saved, ("1", 2, new byte[8]))), StringComparison.Ordinal);
        Assert.Contains("\"0\" of a storage is unknown or comes twice", Fails(RawTorch.Legacy(saved, ("0", 2, new byte[8]), ("0", 2, new byte[8]))), StringComparison.Ordinal);
        Assert.Contains("not little-endian", Fails([.. RawTorch.LegacyHead(littleEndian: false), .. saved]), StringComparison.Ordinal);
        Assert.Contains("magic number", Fails(RawPickle.Of().Int(5).Stop()), StringComparison.Ordinal);
        byte[] huge = RawPickle.Dict("a", p => p.Tensor("FloatStorage", "0", long.MaxValue / 8, 0, [2], [1]));
        Assert.Contains("cut short", Fails(RawTorch.Legacy(huge, ("0", long.MaxValue / 8, new byte[8]))), StringComparison.Ordinal);
        byte[] part = RawPickle.Dict("a", p => p.Tensor(s => s.OldStorage("FloatStorage", "0", 2, ("1", 1, 2)), 0, [1], [1]));
        Assert.Contains("not a storage", Fails(RawTorch.Legacy(part, ("0", 2, new byte[8]))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("](K\u0001e.", "a list")]
    [InlineData("N.", "None")]
    [InlineData("K\u0001.", "a number")]
    [InlineData("}N]s.", "None for a key")]
    [InlineData("}]]s.", "a list for a key")]
    [InlineData("}q\u0000U\u0001ah\u0000s.", "within itself")]
    [InlineData("}V\\ud800\nNs.", "is not text")]
    public void Open_PickleThatIsNoStateDict_SaysWhatItIs(string operations, string expected) =>
        Assert.Contains(expected, Fails(RawTorch.Zip(RawPickle.Of().Op(operations).Bytes)), StringComparison.Ordinal);

    [Fact]
    public void Open_TensorNamedTwice_IsRefused() =>
        Assert.Contains("\"a\" appears twice", Fails(RawTorch.Zip(RawPickle.Of().Op("}(").Text("a").Tensor("FloatStorage", "0", 1, 0, [1], [1]).Text("a").Tensor("FloatStorage", "0", 1, 0, [1], [1]).Op("u").Stop(), ("0", new byte[4]))), StringComparison.Ordinal);

    [Fact]
    public void Open_TreeThatDoublesAtEachLevel_IsRefused()
    {
        RawPickle pickle = RawPickle.Of().Op("]q\u0000");
        for (int level = 0; level < 30; level++)
            pickle.Op("0](").Raw((byte)'h', (byte)level, (byte)'h', (byte)level, (byte)'e', (byte)'q', (byte)(level + 1));
        byte[] saved = pickle.Op("0}").Text("a").Raw((byte)'h', 30).Op("s").Stop();
        Assert.Contains("more than", Fails(RawTorch.Zip(saved)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TrainingArguments_SaysWhatTheyAre()
    {
        byte[] saved = RawPickle.Of().Global("transformers.training_args", "TrainingArguments").Op(")\u0081}b").Stop();
        string path = _folder.Put("training_args.bin", RawTorch.Zip(saved));
        string message = Assert.Throws<InvalidDataException>(() => Checkpoint.Open(path)).Message;
        Assert.Contains("training_args.bin is a Python object", message, StringComparison.Ordinal);
        Assert.Contains("no weights", Fails(RawTorch.Zip(saved)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OtherArchives_SayWhatTheyAre()
    {
        Assert.Contains("it has 0 data.pkl", Fails(RawZip.Of([("word/document.xml", [1])])), StringComparison.Ordinal);
        Assert.Contains("it has 2 data.pkl", Fails(RawZip.Of([("a/data.pkl", [1]), ("b/data.pkl", [1])])), StringComparison.Ordinal);
        Assert.Contains("TorchScript", Fails(RawZip.Of([("a/data.pkl", [1]), ("a/constants.pkl", [1])])), StringComparison.Ordinal);
        Assert.Contains("not little-endian", Fails(RawZip.Of([("a/data.pkl", [1]), ("a/byteorder", "big"u8.ToArray())])), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnotherProtocol_ReadsTheSame()
    {
        foreach (byte protocol in (byte[])[0, 1, 2, 3, 4, 5])
        {
            byte[] saved = RawPickle.Of(protocol).Op("}").Text("a").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op("s").Stop();
            using ICheckpoint file = Open(RawTorch.Zip(saved, ("0", RawTorch.Floats(1, 2))));
            Assert.Equal([1f, 2f], Values(file, "a"));
        }
    }
}
