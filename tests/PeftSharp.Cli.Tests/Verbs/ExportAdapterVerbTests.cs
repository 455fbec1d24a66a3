using PeftSharp.Tensors.Gguf;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class ExportAdapterVerbTests
{
    [Fact]
    public void ExportAndMerge_TrainedRun_WriteWhatLlamaCppReads()
    {
        using TinyModel tiny = new(decoder: true);
        string run = tiny.PathOf("run"), lora = tiny.PathOf("lora.gguf"), merged = tiny.PathOf("merged.gguf");
        string rows = tiny.Write("rows.txt", "the cat sat on the mat\nthe dog lay on the rug\n");
        PeftRun.Well("train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", rows, "--learning_rate", "1e-2", "--max_steps", "2", "--lora_alpha", "24", "--output_dir", run);
        PeftRun.Well("export-adapter", run, lora, "--gguf");
        using (GgufFile file = GgufFile.Open(lora))
        {
            Assert.Equal("adapter", file.Entries.Text("general.type"));
            Assert.Equal("lora", file.Entries.Text("adapter.type"));
            Assert.Equal("llama", file.Entries.Text("general.architecture"));
            Assert.Equal(24, file.Entries.Number("adapter.lora.alpha"));
            Assert.Equal([8, 32], file.Tensor("blk.1.attn_v.weight.lora_a").Shape);
            Assert.Equal([16, 8], file.Tensor("blk.1.attn_v.weight.lora_b").Shape);
        }
        PeftRun.Fails(2, ["export-adapter", run, lora], "there already", "--force");
        PeftRun.Fails(2, ["export-adapter", run, tiny.PathOf("lora")], "ends in .gguf");
        PeftRun.Fails(2, ["export-adapter", tiny.Model, lora, "--force"], "without an adapter");

        PeftRun.Well("merge", run, merged, "--gguf", "--outtype", "f16");
        using (GgufFile file = GgufFile.Open(merged))
            Assert.Equal(GgmlType.F16, file.Tensor("blk.0.attn_q.weight").Type);
        PeftRun.Fails(2, ["merge", run, tiny.PathOf("x"), "--outtype", "f16"], "--outtype is of GGUF files");
        string[] Ask(string model) => ["generate", model, "the cat", "--max_new_tokens", "8", "--dtype", "float32"];
        PeftRun.Well("merge", run, tiny.PathOf("merged"), "--gguf", "--json");
        Assert.Equal(PeftRun.Well(Ask(run)).Out, PeftRun.Well(Ask(tiny.PathOf("merged", "model.gguf"))).Out);
    }

    [Fact]
    public void Export_AdapterOfAnotherFamily_IsRefused()
    {
        using TinyModel tiny = new();
        PeftRun.Fails(1, ["export-adapter", tiny.Trained(), tiny.PathOf("lora.gguf")], "only LLaMA");
    }
}
