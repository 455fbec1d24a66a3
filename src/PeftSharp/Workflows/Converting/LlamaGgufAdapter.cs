using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Models.Gguf;
using PeftSharp.Models.Nodes;
using PeftSharp.Tensors.Gguf;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Converting;

/// <summary>Writes a LoRA adapter of a LLaMA model as the GGUF file that llama.cpp's <c>--lora</c> takes.</summary>
internal static class LlamaGgufAdapter
{
    /// <summary>Writes the file: to a temporary sibling, flushed, renamed.</summary>
    /// <returns>The number of tensors.</returns>
    /// <exception cref="PeftException">The adapter is not plain LoRA, or changes what llama.cpp cannot adapt.</exception>
    public static int Write(string path, Adapter adapter)
    {
        ModelConfig config = adapter.Model.Config;
        LlamaGgufConfig.RequireLlama(config);
        List<(Node Node, Tensor A, Tensor B, double Scale)> loras = Loras(adapter);
        (int heads, int groups, _) = LlamaGgufConfig.HeadsOf(config);

        // llama.cpp scales each module by alpha / rank with one alpha for all: what differs from that goes into B.
        double alpha = loras[0].Scale * loras[0].B.shape[1];
        List<GgufTensor> tensors = [];
        foreach ((Node node, Tensor a, Tensor b, double scale) in loras)
        {
            string name = LlamaNames.ToGguf($"{node.Path}.weight")
                ?? throw new PeftException($"'{node.Path}' has no counterpart in llama.cpp's LLaMA, so the adapter cannot be written as GGUF.");
            double factor = scale * b.shape[1] / alpha;
            int permuted = HeadRows.Of($"{node.Path}.weight", heads, groups);
            tensors.Add(GgufTensor.Encode($"{name}.lora_a", GgmlType.F32, a.shape, () => a.alias()));
            tensors.Add(GgufTensor.Encode($"{name}.lora_b", GgmlType.F32, b.shape, () => HeadRows.ToGguf(factor == 1 ? b.alias() : b.detach().Times(factor), permuted)));
        }
        GgufWriter.Write(path, new GgufMetadata
        {
            { "general.architecture", "llama" },
            { "general.type", "adapter" },
            { "general.name", Path.GetFileNameWithoutExtension(path) },
            { "adapter.type", "lora" },
            { "adapter.lora.alpha", (float)alpha },
        }, tensors);
        return tensors.Count;
    }

    /// <summary>A and B of every adapted module as llama.cpp lays them out: for the embedding A is (rows, rank).</summary>
    private static List<(Node Node, Tensor A, Tensor B, double Scale)> Loras(Adapter adapter)
    {
        BaseModel model = adapter.Model;
        bool tied = model.Config.Flag("tie_word_embeddings", false);
        if (adapter.Options is not LoraOptions)
            throw new PeftException($"The adapter is of the method {adapter.Options.PeftType}; llama.cpp takes LORA only. Merge it: peft merge --gguf.");
        if (adapter.Replaced.Keys.Select(id => model.ParameterOf(id).Name).FirstOrDefault() is { } replaced)
            throw new PeftException($"The adapter changes '{replaced}' itself, which llama.cpp's adapters cannot. Merge it: peft merge --gguf.");
        List<(Node, Tensor, Tensor, double)> loras = [];
        foreach (Node node in model.Nodes)
        {
            object[] tuners = adapter.Slots.Linear.TryGetValue(node.Id, out var linear) ? linear : adapter.Slots.Embedding.TryGetValue(node.Id, out var embedding) ? embedding : [];
            foreach (object tuner in tuners)
            {
                if (tied && node.Path is ("model.embed_tokens" or "lm_head"))
                    throw new PeftException($"The adapter changes '{node.Path}' of a model whose head is its embedding, which llama.cpp's adapters cannot. Merge it: peft merge --gguf.");
                loras.Add(tuner switch
                {
                    LoraLinear { Bias: null } lora => (node, lora.A, lora.B, lora.Scale),
                    LoraEmbedding lora => (node, lora.A.t(), lora.B, lora.Scale),
                    _ => throw new PeftException($"'{node.Path}' is adapted by {tuner.GetType().Name}; llama.cpp takes plain LoRA only (no DoRA, no lora_bias, no trainable tokens). Merge it: peft merge --gguf."),
                });
            }
        }
        return loras.Count > 0 ? loras : throw new PeftException("The adapter adapts nothing that llama.cpp knows.");
    }
}
