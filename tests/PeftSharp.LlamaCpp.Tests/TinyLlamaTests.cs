using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Workflows.Converting;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Merging;
using Xunit;

namespace PeftSharp.LlamaCpp.Tests;

/// <summary>The small LLaMA models of the fixtures in llama.cpp: converted, merged, with exported adapters.</summary>
public sealed class TinyLlamaTests : IDisposable
{
    private const int Count = 10;
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-llamacpp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Bases => ["llama", "llama_tied_rope"];

    public static TheoryData<string, string> Mergeable => new(Cases().Select(c => (c.Family, c.Case)));

    [Theory]
    [MemberData(nameof(Bases))]
    public void Convert_Base_SameTokens(string family)
    {
        string folder = Fixtures.PathOf("hf_peft", family, "base");
        string gguf = Path.Combine(_folder, "base.gguf");
        ConvertWorkflow.Run(folder, gguf);
        using PretrainedModel pretrained = PretrainedModel.Load(folder, new BaseModelOptions { Task = TaskType.CausalLanguageModel });
        using PeftModel model = new(pretrained.Model);
        using LlamaCpp llama = new(gguf);
        int[] prompt = Prompt(family);
        PeftSharpModel.AssertSame(PeftSharpModel.Greedy(model, prompt, Count), llama.Greedy(prompt, Count));
    }

    /// <summary>Every LoRA case: its merged model, and where it is plain LoRA its adapter beside the base.</summary>
    [Theory]
    [MemberData(nameof(Mergeable))]
    public void MergeAndExport_Lora_SameTokens(string family, string name)
    {
        ModelLocation location = new(Fixtures.PathOf("hf_peft", family, "base"), Fixtures.PathOf("hf_peft", family, name), null);
        using LoadedModel loaded = LoadedModel.Load(location, new LoadOptions { Dtype = "float32", Task = TaskType.CausalLanguageModel });
        int[] prompt = Prompt(family);
        (int[], float[]) expected = PeftSharpModel.Greedy(loaded.Model, prompt, Count);

        string merged = Path.Combine(_folder, "merged.gguf");
        MergeWorkflow.RunToGguf(location, merged);
        using (LlamaCpp llama = new(merged))
            PeftSharpModel.AssertSame(expected, llama.Greedy(prompt, Count));

        string adapter = Path.Combine(_folder, "adapter.gguf"), @base = Path.Combine(_folder, "base.gguf");
        if (!IsPlain(name))
        {
            Assert.Contains("Merge it", Assert.Throws<PeftException>(() => ExportAdapterWorkflow.Run(location, adapter)).Message, StringComparison.Ordinal);
            return;
        }
        ExportAdapterWorkflow.Run(location, adapter);
        ConvertWorkflow.Run(location.Model, @base);
        using LlamaCpp withAdapter = new(@base);
        PeftSharpModel.AssertSame(expected, withAdapter.Greedy(prompt, Count, adapter));
    }

    [Fact]
    public void Cases_Fixtures_HavePlainOnes() => Assert.True(Cases().Count(c => IsPlain(c.Case)) >= 3);

    private static bool IsPlain(string name) => name is not ("dora" or "pissa" or "lora_modules_to_save" or "lora_trainable_tokens");

    private static IEnumerable<(string Family, string Case)> Cases() =>
        from family in (string[])["llama", "llama_tied_rope"]
        from folder in Directory.GetDirectories(Fixtures.PathOf("hf_peft", family)).Order(StringComparer.Ordinal)
        let name = Path.GetFileName(folder)
        where name.StartsWith("lora", StringComparison.Ordinal) || name is "dora" or "pissa"
        select (family, name);

    private static int[] Prompt(string family)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.PathOf("hf_peft", family, "base", "expected.safetensors"));
        using TorchSharp.torch.Tensor ids = expected.Load("input_ids");
        using TorchSharp.torch.Tensor row = ids[0];
        return [.. row.data<long>().ToArray().Select(id => (int)id)];
    }
}
