using PeftSharp.Tensors.Gguf;
using static TorchSharp.torch;

namespace PeftSharp.Models.Gguf;

/// <summary>Writes a LLaMA model as a GGUF file that llama.cpp runs.</summary>
internal static class LlamaGgufWriter
{
    /// <summary>The types a model can be written in, with llama.cpp's number for such a file.</summary>
    private static readonly Dictionary<GgmlType, uint> _fileTypes = new()
    {
        [GgmlType.F32] = 0,
        [GgmlType.F16] = 1,
        [GgmlType.Q4_0] = 2,
        [GgmlType.Q4_1] = 3,
        [GgmlType.Q8_0] = 7,
        [GgmlType.BF16] = 32,
    };

    /// <summary>Writes the file: to a temporary sibling, flushed, renamed.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="config">The model's config.</param>
    /// <param name="model">The folder or GGUF file that has the tokenizer.</param>
    /// <param name="type">Of the matrices. Vectors stay F32; with 4-bit types the embedding and the head are Q8_0; rows that are no whole blocks are F16.</param>
    /// <param name="weights">All weights of the model.</param>
    /// <param name="adapter">The folder of an adapter whose own tokenizer, if it has one, takes the place of the model's.</param>
    /// <returns>The number of tensors.</returns>
    /// <exception cref="PeftException">The model is no LLaMA language model, a weight is missing or too many, or a value cannot be held.</exception>
    public static int Write(string path, ModelConfig config, string model, GgmlType type, IEnumerable<NamedWeight> weights, string? adapter = null)
    {
        LlamaGgufConfig.RequireLlama(config);
        Dictionary<string, NamedWeight> byName = weights.ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        (int heads, int groups, _) = LlamaGgufConfig.HeadsOf(config);
        GgufMetadata metadata = new()
        {
            { "general.architecture", "llama" },
            { "general.type", "model" },
            { "general.name", Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) },
            { "general.file_type", _fileTypes[type] },
            { "general.quantization_version", 2u },
        };
        float[]? divisors = LlamaGgufConfig.Write(config, metadata);
        WriteTokenizer(model, adapter, config, metadata);

        List<GgufTensor> tensors = [];
        if (divisors is not null)
            tensors.Add(GgufTensor.Encode(LlamaRope.FactorsName, GgmlType.F32, [divisors.Length], () => tensor(divisors)));
        foreach (string name in Expected(config, byName))
        {
            NamedWeight weight = byName.Remove(name, out NamedWeight? found)
                ? found
                : throw new PeftException($"{config.Source}: the weights lack '{name}', which a LLaMA language model has.");
            int permuted = HeadRows.Of(name, heads, groups);
            if (permuted > 0 && weight.Shape[0] % (2L * permuted) != 0)
                throw new PeftException($"{config.Source}: '{name}' is [{string.Join(", ", weight.Shape)}], which {permuted} heads do not divide.");
            tensors.Add(GgufTensor.Encode(
                LlamaNames.ToGguf(name)!, TypeOf(weight, type), weight.Shape, () => HeadRows.ToGguf(weight.Load(), permuted)));
        }
        if (byName.Keys.FirstOrDefault(name => !IsConstant(name, config)) is { } extra)
            throw new PeftException($"{config.Source}: '{extra}' is no weight of a LLaMA language model, so it cannot be written as GGUF.");
        GgufWriter.Write(path, metadata, tensors);
        return tensors.Count;
    }

    private static void WriteTokenizer(string model, string? adapter, ModelConfig config, GgufMetadata metadata)
    {
        IReadOnlyList<int> ends = GgufEndTokens.Of(model, config);
        if (adapter is not null && ModelFiles.HasTokenizer(adapter))
        {
            GgufTokenizerWriter.Write(adapter, config, config.Size("vocab_size"), ends, metadata);
            return;
        }
        if (!ModelFiles.HasTokenizer(model) && ModelFiles.GgufOf(model) is { } gguf)
        {
            using GgufFile file = GgufFile.Open(gguf);
            foreach ((string key, object value) in file.Entries.Where(pair => pair.Key.StartsWith("tokenizer.", StringComparison.Ordinal)))
                metadata.Add(key, value);
            return;
        }
        GgufTokenizerWriter.Write(model, config, config.Size("vocab_size"), ends, metadata);
    }

    private static IEnumerable<string> Expected(ModelConfig config, Dictionary<string, NamedWeight> weights)
    {
        yield return "model.embed_tokens.weight";
        for (int layer = 0; layer < config.Size("num_hidden_layers"); layer++)
            foreach (string module in LlamaNames.LayerModules)
            {
                string name = $"model.layers.{layer}.{module}";
                yield return $"{name}.weight";
                if (weights.ContainsKey($"{name}.bias"))
                    yield return $"{name}.bias";
            }
        yield return "model.norm.weight";
        if (!config.Flag("tie_word_embeddings", false))
            yield return "lm_head.weight";
    }

    /// <summary>What checkpoints may hold besides: angles that are computed, and a head that is the embedding.</summary>
    private static bool IsConstant(string name, ModelConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (name == "lm_head.weight" && config.Flag("tie_word_embeddings", false));

    private static GgmlType TypeOf(NamedWeight weight, GgmlType type)
    {
        if (weight.Shape.Count < 2)
            return GgmlType.F32;
        if (type is GgmlType.Q4_0 or GgmlType.Q4_1 && weight.Name is ("model.embed_tokens.weight" or "lm_head.weight"))
            type = GgmlType.Q8_0;
        return weight.Shape[^1] % type.BlockSize() == 0 ? type : GgmlType.F16;
    }
}
