using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class ConvertVerbTests
{
    [Fact]
    public void Convert_FolderToGgufAndBack_GeneratesTheSameText()
    {
        using TinyModel tiny = new(decoder: true);
        string gguf = tiny.PathOf("m.gguf"), back = tiny.PathOf("back");
        Assert.Contains("as f32", PeftRun.Well("convert", tiny.Model, gguf).Out, StringComparison.Ordinal);
        PeftRun made = PeftRun.Well("convert", gguf, back, "--json");
        Assert.Equal("f32", (string?)made.Json["type"]);
        string[] Ask(string model) => ["generate", model, "The capital of France is", "--max_new_tokens", "12", "--dtype", "float32"];
        string expected = PeftRun.Well(Ask(tiny.Model)).Out;
        Assert.Equal(expected, PeftRun.Well(Ask(back)).Out);
        Assert.Equal(expected, PeftRun.Well(Ask(gguf)).Out);
    }

    [Fact]
    public void Convert_OutType_IsThatOfTheFile()
    {
        using TinyModel tiny = new(decoder: true);
        string gguf = tiny.PathOf("m.gguf"), folder = tiny.PathOf("half");
        PeftRun.Well("convert", tiny.Model, gguf, "--outtype", "q8_0");
        using (GgufFile file = GgufFile.Open(gguf))
            Assert.Equal(GgmlType.Q8_0, file.Tensor("blk.0.attn_q.weight").Type);
        PeftRun.Well("convert", gguf, folder, "--outtype", "bf16");
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Assert.All(weights.Names, name => Assert.Equal(StoredDType.BF16, weights.Info(name).DType));
    }

    [Fact]
    public void Convert_WrongRequests_AreOneLine()
    {
        using TinyModel tiny = new(decoder: true);
        string gguf = tiny.PathOf("m.gguf");
        PeftRun.Fails(2, ["convert", tiny.Model, gguf, "--outtype", "q9"], "outtype", "q9");
        PeftRun.Fails(1, ["convert", tiny.PathOf("none.gguf"), gguf], "There is no model");
        PeftRun.Fails(1, ["convert", tiny.Write("bad.gguf", "GGUF nonsense"), tiny.PathOf("out")], "bad.gguf", "at byte 4");
        PeftRun.Fails(2, ["convert", tiny.Model, tiny.Model, "--force"], "being read");
        using TinyModel bert = new();
        PeftRun.Fails(1, ["convert", bert.Model, gguf], "only LLaMA");
    }
}
