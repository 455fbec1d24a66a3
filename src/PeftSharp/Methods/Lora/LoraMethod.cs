using PeftSharp.Kernels;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Methods.TrainableTokens;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>Plugs LoRA into linear layers and embeddings.</summary>
internal sealed class LoraMethod : IPeftMethod
{
    public string PeftType => "LORA";

    public PeftOptions Read(JsonSettings settings) => LoraConfigFile.Read(settings);

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.QueryAndValue(model, (LoraOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        LoraOptions own = (LoraOptions)options;
        Validate(own);
        IReadOnlyList<Node> nodes = own.Selection().Select(builder.Model);
        foreach (Node node in nodes)
        {
            switch (node)
            {
                case Linear linear:
                    PlugLinear(builder, linear, own);
                    break;
                case Embedding embedding:
                    PlugEmbedding(builder, embedding, own);
                    break;
                default:
                    throw new PeftException($"target_modules names '{node.Path}', which is neither a linear layer nor an embedding; LoRA adapts only those.");
            }
        }
        BiasTraining.Plug(builder, nodes, own.Bias, own);
        if (own.TrainableTokenIndices is not null)
            PlugTokens(builder, nodes, own.TrainableTokenIndices);
    }

    /// <summary>The scale α/r, or α/√r.</summary>
    internal static double Scale(double alpha, int rank, bool rankStabilised) =>
        rankStabilised ? alpha / Math.Sqrt(rank) : alpha / rank;

    private static void Validate(LoraOptions options)
    {
        Require.Rank(options.R);
        if (!double.IsFinite(options.LoraAlpha))
            throw new PeftException($"lora_alpha is {options.LoraAlpha}; it must be a finite number.");
        Require.Probability("lora_dropout", options.LoraDropout);
        if (options.UseDora && options.Init.Kind == LoraInitKind.Pissa)
            throw new PeftException("use_dora and init_lora_weights \"pissa\" exclude each other; choose one.");
    }

    private static (int Rank, double Scale) Shape(LoraOptions options, string path)
    {
        int rank = ModulePatterns.Rank(options.R, options.RankPattern, path);
        double alpha = ModulePatterns.Find(options.AlphaPattern, path) ?? options.LoraAlpha;
        return (rank, Scale(alpha, rank, options.UseRslora));
    }

    private static void PlugLinear(AdapterBuilder builder, Linear node, LoraOptions options)
    {
        using var scope = NewDisposeScope();
        (int rank, double scale) = Shape(options, node.Path);
        builder.Expect($"{node.Path}.lora_A.weight", rank, node.InFeatures);
        builder.Expect($"{node.Path}.lora_B.weight", node.OutFeatures, rank);
        Tensor weight = node.Weight.Value.to(ScalarType.Float32);
        (Tensor a, Tensor b) = LoraInitializer.Linear(builder.Random, weight, rank, options.Init, scale);
        Tensor trainedA = builder.Train($"{node.Path}.lora_A.weight", a);
        Tensor trainedB = builder.Train($"{node.Path}.lora_B.weight", b);
        Tensor? bias = options.HasLoraBias
            ? builder.Train($"{node.Path}.lora_B.bias", zeros([node.OutFeatures], device: weight.device))
            : null;
        if (options.Init.Kind == LoraInitKind.Pissa)
            builder.Replace(node.Weight, weight.sub(b.matmul(a).Times(scale)).to(node.Weight.Value.dtype));
        LoraLinear lora = new(trainedA, trainedB, bias, scale, options.LoraDropout);
        if (!options.UseDora)
        {
            builder.Plug(node, lora);
            return;
        }
        Tensor magnitude = builder.Train(
            $"{node.Path}.lora_magnitude_vector", DoraLinear.RowNorms(weight.Plus(b.matmul(a).Times(scale))));
        builder.Plug(node, new DoraLinear(lora, magnitude));
    }

    private static void PlugEmbedding(AdapterBuilder builder, Embedding node, LoraOptions options)
    {
        if (options.UseDora)
            throw new PeftException($"use_dora is not supported on the embedding '{node.Path}'; leave it out of target_modules.");
        if (options.Init.Kind == LoraInitKind.Pissa)
            throw new PeftException($"init_lora_weights \"pissa\" is not supported on the embedding '{node.Path}'; leave it out of target_modules.");
        using var scope = NewDisposeScope();
        (int rank, double scale) = Shape(options, node.Path);
        builder.Expect($"{node.Path}.lora_embedding_A", rank, node.Rows);
        builder.Expect($"{node.Path}.lora_embedding_B", node.Width, rank);
        (Tensor a, Tensor b) = LoraInitializer.Embedding(builder.Random, node.Weight.Value, rank, options.Init);
        Tensor trainedA = builder.Train($"{node.Path}.lora_embedding_A", a);
        Tensor trainedB = builder.Train($"{node.Path}.lora_embedding_B", b);
        builder.Plug(node, new LoraEmbedding(trainedA, trainedB, scale));
        // HF saves the embedding itself when one of its usual names is a target: its rows may have been resized.
        if (node.Name == "embed_tokens")
            builder.Carry($"{node.Path}.base_layer.weight", node.Weight);
    }

    private static void PlugTokens(
        AdapterBuilder builder, IReadOnlyList<Node> targets, IReadOnlyDictionary<string, IReadOnlyList<int>> tokens)
    {
        foreach ((string name, IReadOnlyList<int> ids) in tokens)
        {
            Node node = name.Length == 0
                ? builder.Model.TokenEmbedding
                : new TargetSelection(TargetModules.Of(name)).Select(builder.Model)[0];
            if (node is not Embedding embedding)
                throw new PeftException($"trainable_token_indices names '{node.Path}', which is no embedding.");
            if (targets.Contains(node))
                throw new PeftException($"'{node.Path}' cannot be in target_modules and in trainable_token_indices.");
            TokenRows.Plug(builder, embedding, ids, $"{embedding.Path}.token_adapter.trainable_tokens_delta");
        }
    }
}
