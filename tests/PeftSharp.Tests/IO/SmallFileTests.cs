using System.Diagnostics;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Tensors;
using PeftSharp.Text;
using Xunit;

namespace PeftSharp.Tests.IO;

public sealed class SmallFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadText_ThroughLinks_IsTheFileBehindThem()
    {
        Directory.CreateDirectory(_folder.At("deep", "real"));
        File.WriteAllText(_folder.At("deep", "real", "file"), "\uFEFFtext");
        // Relative to where the link really is, not to the name by which it was reached.
        File.CreateSymbolicLink(_folder.At("deep", "real", "link"), "../real/file");
        Directory.CreateSymbolicLink(_folder.At("door"), "deep/real");
        Assert.Equal("text", SmallFile.ReadText(_folder.At("door", "link")));
        Assert.Equal(RealPath.Of(_folder.At("deep", "real", "file")), RealPath.Of(_folder.At("door", "link")));
    }

    [Fact]
    public void ReadBytes_OfTooLongEmptyMissingOrCircularFiles_Throws()
    {
        _folder.Put("long", "12345");
        _folder.Put("empty", "");
        File.CreateSymbolicLink(_folder.At("one"), "two");
        File.CreateSymbolicLink(_folder.At("two"), "one");
        File.CreateSymbolicLink(_folder.At("nowhere"), "gone");
        Assert.Equal(5, SmallFile.ReadBytes(_folder.At("long"), most: 5).Length);
        Assert.Contains("at most 4", Assert.Throws<InvalidDataException>(() => SmallFile.ReadBytes(_folder.At("long"), most: 4)).Message, StringComparison.Ordinal);
        Assert.Contains("empty", Assert.Throws<InvalidDataException>(() => SmallFile.ReadBytes(_folder.At("empty"))).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SmallFile.ReadBytes(_folder.At("gone")));
        Assert.Throws<FileNotFoundException>(() => SmallFile.ReadBytes(_folder.At("nowhere")));
        Assert.Contains("circle", Assert.Throws<IOException>(() => SmallFile.ReadBytes(_folder.At("one"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("device")]
    [InlineData("pipe")]
    public void EverySmallFile_ThatIsNoRegularFile_IsRefusedWithoutBeingRead(string kind)
    {
        if (!OperatingSystem.IsLinux())
            return;
        string model = CopyOf(Fixtures.PathOf("hf_peft", "bert", "base"), "model");
        string adapter = CopyOf(Fixtures.PathOf("hf_peft", "bert", "lora"), "lora");
        using BaseModel good = BaseModel.Load(model, new() { Task = TaskType.SequenceClassification });
        using PeftModel peft = new(good);
        Refused(Path.Combine(adapter, "adapter_config.json"), () => peft.LoadAdapter(adapter));
        Refused(Path.Combine(adapter, "adapter_model.safetensors"), () => peft.LoadAdapter(adapter));
        Refused(Path.Combine(model, "config.json"), () => BaseModel.Load(model).Dispose());
        Refused(Path.Combine(model, "model.safetensors"), () => BaseModel.Load(model).Dispose());
        Refused(_folder.At("model", "tokenizer.json"), () => Tokenizer.Load(model));
        Refused(_folder.At("model", "tokenizer_config.json"), () => TokenizerSettings.Load(model));
        Refused(_folder.At("model", "labels.json"), () => PeftSharp.Data.LabelMap.FromFile(_folder.At("model", "labels.json")));
        Refused(_folder.At("model.safetensors.index.json"), () => Checkpoint.Open(_folder.At("model.safetensors.index.json")).Dispose());

        void Refused(string path, Action read)
        {
            File.Move(path, path + ".kept", overwrite: true);
            Make(path);
            Task<Exception?> reading = Task.Run(() => Record.Exception(read));
            Assert.True(reading.Wait(TimeSpan.FromSeconds(30)), $"{path} is read without end");
            Assert.Contains("no regular file", Assert.IsType<InvalidDataException>(reading.Result).Message, StringComparison.Ordinal);
            File.Delete(path);
            File.Move(path + ".kept", path);
        }

        void Make(string path)
        {
            if (kind == "device")
                File.CreateSymbolicLink(path, "/dev/zero");
            else
                Process.Start("mkfifo", [path]).WaitForExit();
        }
    }

    [Fact]
    public void Load_ThroughALinkToASnapshotOfTheHubCache_ReadsTheBlobs()
    {
        string source = Fixtures.PathOf("hf_peft", "bert", "base");
        string snapshot = Directory.CreateDirectory(_folder.At("hub", "models--x", "snapshots", "abc")).FullName;
        string blobs = Directory.CreateDirectory(_folder.At("hub", "models--x", "blobs")).FullName;
        foreach (string name in (string[])["config.json", "model.safetensors"])
        {
            File.Copy(Path.Combine(source, name), Path.Combine(blobs, $"blob-{name}"));
            File.CreateSymbolicLink(Path.Combine(snapshot, name), $"../../blobs/blob-{name}");
        }
        Directory.CreateSymbolicLink(_folder.At("mymodel"), snapshot);
        using BaseModel model = BaseModel.Load(_folder.At("mymodel"));
        Assert.NotEmpty(model.Parameters);
    }

    [Fact]
    public void Load_OfAFolderWhoseWeightsAloneAreLinks_ReadsThem()
    {
        string source = Fixtures.PathOf("hf_peft", "bert", "base");
        string folder = Directory.CreateDirectory(_folder.At("mine")).FullName;
        File.Copy(Path.Combine(source, "config.json"), Path.Combine(folder, "config.json"));
        File.CreateSymbolicLink(Path.Combine(folder, "model.safetensors"), Path.Combine(source, "model.safetensors"));
        using BaseModel model = BaseModel.Load(folder);
        Assert.NotEmpty(model.Parameters);
    }

    private string CopyOf(string folder, string name)
    {
        string copy = Directory.CreateDirectory(_folder.At(name)).FullName;
        foreach (string file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        foreach (string other in (string[])["tokenizer.json", "tokenizer_config.json", "labels.json", "../model.safetensors.index.json"])
            if (!File.Exists(Path.Combine(copy, other)))
                File.WriteAllText(Path.Combine(copy, other), "{}");
        return copy;
    }
}
