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

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => TiedLora.Resolve(model, MethodTargets.OfFamily(model, (LoraOptions)options));

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        LoraOptions own = (LoraOptions)options;
        Validate(own);
        Begin(builder, own);
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
    }

    /// <summary>Says or refuses what the start means: fresh adapters begin with it, trained ones began with it.</summary>
    private static void Begin(AdapterBuilder builder, LoraOptions options)
    {
        if (!builder.IsLoading)
            LoraInitChecks.RequireTrainable(options.Init);
        else if (LoraInitChecks.OnLoad(options.Init) is { } warning)
            builder.Warn(warning);
        if (options.Init.IsDrawnFromBase)
            builder.Hook = new DrawnStart();
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
        // The decomposition that a trained folder began with was drawn at random: what it comes near to is the exact one.
        LoraInit init = options.Init.IsDrawnFromBase && builder.IsLoading ? LoraInit.Pissa : options.Init;
        if (init.TakesFromBase && !builder.IsLoading && builder.Model.NamesOf(node.Weight).Count() > 1)
            throw new PeftException($"init_lora_weights \"{LoraInitFile.Word(init.Kind)}\" takes its start out of '{node.Path}', whose weight is the embedding's too (tie_word_embeddings), and the embedding would change with it; leave it out of target_modules, or choose another start.");
        if (init.TakesFromBase && weight.shape[0] != node.Weight.Value.shape[0])
            throw new PeftException($"init_lora_weights \"{LoraInitFile.Word(init.Kind)}\" on '{node.Path}', whose rows the adapter resized, is not supported.");
        (Tensor a, Tensor b) = LoraInitializer.Linear(builder.Random, weight, rank, init, scale);
        Tensor trainedA = builder.Train($"{node.Path}.lora_A.weight", a);
        Tensor trainedB = builder.Train($"{node.Path}.lora_B.weight", b);
        Tensor? bias = options.HasLoraBias
            ? builder.Train($"{node.Path}.lora_B.bias", zeros([node.OutFeatures], device: weight.device))
            : null;
        if (init.TakesFromBase)
        {
            Tensor rest = WeightStart.Rest(node.Weight.Value, a, b, scale);
            builder.Replace(node.Weight, rest);
            weight = rest.to(ScalarType.Float32);
            (builder.Hook as DrawnStart)?.Add(new(trainedA, trainedB, builder.Own(a), builder.Own(b), node.Weight.Value, rest, scale));
        }
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
        using var scope = NewDisposeScope();
        (int rank, double scale) = Shape(options, node.Path);
        builder.Expect($"{node.Path}.lora_embedding_A", rank, builder.RowsOf(node.Weight));
        builder.Expect($"{node.Path}.lora_embedding_B", node.Width, rank);
        Tensor table = builder.StartOf(node.Weight);
        (Tensor a, Tensor b) = LoraInitializer.Embedding(builder.Random, table, rank, options.Init);
        Tensor trainedA = builder.Train($"{node.Path}.lora_embedding_A", a);
        Tensor trainedB = builder.Train($"{node.Path}.lora_embedding_B", b);
        (builder.Hook as DrawnStart)?.AddEmbedding(trainedA, trainedB);
        LoraEmbedding lora = new(trainedA, trainedB, scale);
        bool ties = options.EnsureWeightTying && node == builder.Model.TokenEmbedding;
        if (options.UseDora)
        {
            if (ties)
                throw new PeftException($"use_dora with ensure_weight_tying is not supported on the embedding '{node.Path}'; leave one of them out, or the embedding out of target_modules.");
            Tensor magnitude = builder.Train(
                $"{node.Path}.lora_magnitude_vector", DoraEmbedding.ColumnNorms(lora.MergeWeight(table.to(ScalarType.Float32))));
            builder.Plug(node, new DoraEmbedding(lora, magnitude));
            return;
        }
        builder.Plug(node, lora);
        if (ties)
            TiedLora.Plug(builder, trainedA, trainedB, scale, options.LoraDropout);
    }
}
