using PeftSharp.Kernels;
using PeftSharp.Adapters;
using PeftSharp.IO;
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

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        LoraOptions own = (LoraOptions)options;
        Validate(own);
        BaseModel model = builder.Model;
        TargetSelection selection = new(
            own.TargetModules ?? TargetModules.Of(model.Roles.Query, model.Roles.Value),
            own.ExcludeModules, own.LayersToTransform, own.LayersPattern);
        IReadOnlyList<Node> nodes = selection.Select(model);
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
        if (own.Bias != LoraBias.None)
            TrainBiases(builder, nodes, own);
        if (own.TrainableTokenIndices is not null)
            PlugTokens(builder, nodes, own.TrainableTokenIndices);
    }

    /// <summary>The scale α/r, or α/√r.</summary>
    internal static double Scale(double alpha, int rank, bool rankStabilised) =>
        rankStabilised ? alpha / Math.Sqrt(rank) : alpha / rank;

    private static void Validate(LoraOptions options)
    {
        if (options.R < 1)
            throw new PeftException($"r is {options.R}; a rank is at least 1.");
        if (!double.IsFinite(options.LoraAlpha))
            throw new PeftException($"lora_alpha is {options.LoraAlpha}; it must be a finite number.");
        if (options.LoraDropout is < 0 or >= 1)
            throw new PeftException($"lora_dropout is {options.LoraDropout}; a probability is from 0 to below 1.");
        if (options.UseDora && options.Init.Kind == LoraInitKind.Pissa)
            throw new PeftException("use_dora and init_lora_weights \"pissa\" exclude each other; choose one.");
        if (options.LayersToTransform is null && options.LayersPattern is { Count: > 0 })
            throw new PeftException("layers_pattern needs layers_to_transform.");
        if (options.LayersToTransform is not null && options.TargetModules?.Pattern is { } pattern && pattern != TargetModules.AllLinearWord)
            throw new PeftException("layers_to_transform works with a list of target_modules, not with a regular expression; put the layers into the expression.");
    }

    private static (int Rank, double Scale) Shape(LoraOptions options, string path)
    {
        double rank = Pattern(options.RankPattern, path) ?? options.R;
        if (rank < 1 || rank != Math.Floor(rank))
            throw new PeftException($"rank_pattern gives '{path}' the rank {rank}; a rank is a whole number of at least 1.");
        double alpha = Pattern(options.AlphaPattern, path) ?? options.LoraAlpha;
        return ((int)rank, Scale(alpha, (int)rank, options.UseRslora));
    }

    private static double? Pattern(IReadOnlyDictionary<string, double> patterns, string path)
    {
        foreach ((string pattern, double value) in patterns)
            if (SafeRegex.WholeMatch($@"(.*\.)?({pattern})", path))
                return value;
        return null;
    }

    private static void PlugLinear(AdapterBuilder builder, Linear node, LoraOptions options)
    {
        using var scope = NewDisposeScope();
        (int rank, double scale) = Shape(options, node.Path);
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
        (Tensor a, Tensor b) = LoraInitializer.Embedding(builder.Random, node.Weight.Value, rank, options.Init);
        Tensor trainedA = builder.Train($"{node.Path}.lora_embedding_A", a);
        Tensor trainedB = builder.Train($"{node.Path}.lora_embedding_B", b);
        builder.Plug(node, new LoraEmbedding(trainedA, trainedB, scale));
        // HF saves the embedding itself when one of its usual names is a target: its rows may have been resized.
        if (node.Name == "embed_tokens")
            builder.Carry($"{node.Path}.base_layer.weight", node.Weight);
    }

    private static void TrainBiases(AdapterBuilder builder, IReadOnlyList<Node> targets, LoraOptions options)
    {
        HashSet<Parameter> targeted = [.. targets.OfType<Linear>().Select(node => node.Bias).OfType<Parameter>()];
        foreach (Parameter parameter in builder.Model.Parameters.Where(parameter => parameter.LocalName == "bias"))
        {
            // A module under LoRA is wrapped: HF's name for its own bias has one level more.
            if (targeted.Contains(parameter))
                builder.TrainInPlace(parameter, $"{parameter.ModulePath}.base_layer.bias");
            else if (options.Bias == LoraBias.All)
                TrainFreeBias(builder, parameter, options);
        }
    }

    private static void TrainFreeBias(AdapterBuilder builder, Parameter parameter, LoraOptions options)
    {
        builder.TrainInPlace(parameter);
        // HF's name filter for bias "all" also catches both copies that it keeps of a module in modules_to_save.
        if (options.ModulesToSave?.Any(name => $".{parameter.ModulePath}.".Contains($".{name}.", StringComparison.Ordinal)) ?? false)
        {
            builder.Echo($"{parameter.ModulePath}.modules_to_save.bias", parameter, ofBase: false);
            builder.Echo($"{parameter.ModulePath}.original_module.bias", parameter, ofBase: true);
        }
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
