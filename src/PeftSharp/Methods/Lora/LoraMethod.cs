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

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => TiedLora.Resolve(model, MethodTargets.QueryAndValue(model, (LoraOptions)options));

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        LoraOptions own = (LoraOptions)options;
        Validate(own);
        IReadOnlyList<Node> nodes = builder.Select(own.Selection());
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
        BiasTraining.Plug(builder, nodes, own.Bias);
        if (own.TrainableTokenIndices is not null)
            TokenTables.Plug(builder, nodes, own.TrainableTokenIndices, own.EnsureWeightTying);
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
        Tensor weight = builder.StartOf(node.Weight).to(ScalarType.Float32);
        builder.Expect($"{node.Path}.lora_A.weight", rank, node.InFeatures);
        builder.Expect($"{node.Path}.lora_B.weight", weight.shape[0], rank);
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
        builder.Expect($"{node.Path}.lora_embedding_A", rank, builder.RowsOf(node.Weight));
        builder.Expect($"{node.Path}.lora_embedding_B", node.Width, rank);
        (Tensor a, Tensor b) = LoraInitializer.Embedding(builder.Random, builder.StartOf(node.Weight), rank, options.Init);
        Tensor trainedA = builder.Train($"{node.Path}.lora_embedding_A", a);
        Tensor trainedB = builder.Train($"{node.Path}.lora_embedding_B", b);
        builder.Plug(node, new LoraEmbedding(trainedA, trainedB, scale));
        if (options.EnsureWeightTying && node == builder.Model.TokenEmbedding)
            TiedLora.Plug(builder, trainedA, trainedB, scale, options.LoraDropout);
    }
}
