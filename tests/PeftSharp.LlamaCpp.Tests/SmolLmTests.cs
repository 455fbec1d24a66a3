using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Workflows.Converting;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Merging;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.LlamaCpp.Tests;

/// <summary>SmolLM2-135M-Instruct: from GGUF to a folder, back to GGUF, with a LoRA adapter beside it and merged.</summary>
[Trait("Category", "Slow")]
public sealed class SmolLmTests : IDisposable
{
    private const int Count = 24;
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-llamacpp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ConvertExportMerge_SmolLm_SameTokens()
    {
        Assert.SkipUnless(SharedFiles.Available, SharedFiles.Missing);
        string original = Directory.GetFiles(SharedFiles.PathOf("models", "SmolLM2-135M-Instruct-GGUF"), "*.gguf").Single();
        string folder = Path.Combine(_folder, "hf"), back = Path.Combine(_folder, "back.gguf"), saved = Path.Combine(_folder, "adapter");
        ConvertWorkflow.Run(original, folder, "f32");
        ConvertWorkflow.Run(folder, back);
        string[] texts = ["The capital of France is", "Once upon a time, in a small village by the sea,", "def fibonacci(n):\n    "];
        List<(int[] Prompt, (int[], float[]) Bare, (int[], float[]) Adapted)> expected = [];
        using (PretrainedModel pretrained = PretrainedModel.Load(folder, new BaseModelOptions { Task = TaskType.CausalLanguageModel }))
        using (PeftModel model = new(pretrained.Model))
        {
            Adapter adapter = model.AddAdapter(new LoraOptions { R = 4, LoraAlpha = 8, TargetModules = TargetModules.Of("q_proj", "k_proj", "v_proj", "down_proj"), TaskType = TaskType.CausalLanguageModel });
            SeededNumbers random = new(seed: 1);
            using (no_grad())
            using (NewDisposeScope())
                foreach (TrainableTensor trained in adapter.Trainable)
                    trained.Value.copy_(tensor(random.Normal(trained.Value.numel()), trained.Value.shape).Times(0.05));
            model.SaveAdapter(saved);
            foreach (string text in texts)
            {
                int[] prompt = pretrained.Tokenizer.Encode(text).ToIdArray();
                model.Active = Composition.None;
                (int[], float[]) bare = PeftSharpModel.Greedy(model, prompt, Count);
                model.Active = Composition.Of(PeftModel.DefaultAdapter);
                expected.Add((prompt, bare, PeftSharpModel.Greedy(model, prompt, Count)));
            }
        }
        ModelLocation location = new(folder, saved, null);
        string exported = Path.Combine(_folder, "lora.gguf"), merged = Path.Combine(_folder, "merged.gguf");
        ExportAdapterWorkflow.Run(location, exported);
        using (LlamaCpp llama = new(back))
            for (int i = 0; i < texts.Length; i++)
            {
                Assert.Equal(expected[i].Prompt, llama.Tokenize(texts[i]));
                PeftSharpModel.AssertSame(expected[i].Bare, llama.Greedy(expected[i].Prompt, Count));
                PeftSharpModel.AssertSame(expected[i].Adapted, llama.Greedy(expected[i].Prompt, Count, exported));
            }
        File.Delete(back);
        MergeWorkflow.RunToGguf(location, merged);
        using LlamaCpp whole = new(merged);
        foreach ((int[] prompt, _, (int[], float[]) adapted) in expected)
            PeftSharpModel.AssertSame(adapted, whole.Greedy(prompt, Count));
    }
}
