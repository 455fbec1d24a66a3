using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora.Combining;

/// <summary>
/// Makes one LoRA adapter of several, as peft 0.21.2 does. Each adapter's scale counts once (peft up to 0.20 applied it
/// twice in the <c>svd</c> types), and the result has scale 1 whether or not the first adapter was rank-stabilised.
/// </summary>
public static class LoraCombiner
{
    private const string SvdEnding = "_svd";

    /// <summary>The known values of <see cref="WeightedCombination.CombinationType"/>.</summary>
    public static IReadOnlyList<string> Types { get; } =
        ["svd", "cat", .. TaskVectors.Types, .. TaskVectors.Types.Where(type => type != "linear").Select(type => type + SvdEnding)];

    /// <summary>The combined adapter.</summary>
    /// <param name="model">The base.</param>
    /// <param name="adapters">The adapters that the combination names.</param>
    /// <param name="name">The name of the new adapter.</param>
    /// <param name="combination">Which, with which weights, and how.</param>
    /// <exception cref="PeftException">An adapter is no plain LoRA, or the settings do not fit; says which.</exception>
    internal static Adapter Combine(BaseModel model, Adapter[] adapters, string name, WeightedCombination combination)
    {
        string type = adapters.Length == 1 ? "linear" : combination.CombinationType;
        Validate(adapters, combination, type);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Generator random = new((ulong)combination.Seed);
        Dictionary<Node, LoraFactors> combined = [];
        foreach (Node node in adapters[0].Model.Nodes)
        {
            List<(LoraFactors Factors, double Weight)> parts = [];
            for (int i = 0; i < adapters.Length; i++)
                if (LoraFactors.Of(adapters[i], node) is { } factors)
                    parts.Add((factors, combination.Weights[i]));
            if (parts.Count > 0)
                combined[node] = Combine(parts, combination, type, adapters, random);
        }
        return Build(model, name, adapters, combined);
    }

    private static void Validate(Adapter[] adapters, WeightedCombination combination, string type)
    {
        if (adapters.Length == 0)
            throw new PeftException("No adapters are given to combine.");
        if (combination.Weights.Count != adapters.Length)
            throw new PeftException($"{adapters.Length} adapters and {combination.Weights.Count} weights are given; each adapter needs one.");
        string plain = Plain(type);
        if (!Types.Contains(type))
            throw new PeftException($"combination_type '{type}' is not known{NearestName.Suggestion(type, Types)}; it is one of {string.Join(", ", Types)}.");
        if (type is not ("svd" or "cat") && TaskVectors.Prunes(plain) && combination.Density is not (> 0 and <= 1))
            throw new PeftException($"combination_type '{type}' needs a density above 0 and at most 1.");
        if (combination.MajoritySignMethod is not ("total" or "frequency"))
            throw new PeftException($"majority_sign_method '{combination.MajoritySignMethod}' is not known; it is total or frequency.");
        foreach (Adapter adapter in adapters)
            if (adapter.Options is not LoraOptions options || options.UseDora || options.Init.TakesFromBase || options.Bias != TrainedBiases.None)
                throw new PeftException($"Adapter '{adapter.Name}' is not a plain LoRA adapter (use_dora, pissa, olora and bias are not), so it cannot be combined with others; make it one first (peft convert-adapter --to lora, or ConvertToLora).");
        if (adapters.Any(adapter => adapter.Model != adapters[0].Model))
            throw new PeftException("The adapters do not run the same layers (layer_replication), so they cannot be combined.");
        string? shared = adapters.SelectMany(adapter => adapter.Replaced.Keys.Select(id => adapter.Model.ParameterOf(id).Name))
            .GroupBy(parameter => parameter).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (shared is not null)
            throw new PeftException($"More than one of the adapters trains '{shared}' whole (modules_to_save), and whole modules cannot be combined.");
        if (TaskVectors.Types.Contains(type))
            RequireEqualRanks(adapters, type);
    }

    /// <summary>Factors are added value by value, so they need one shape in each module.</summary>
    private static void RequireEqualRanks(Adapter[] adapters, string type)
    {
        foreach (Node node in adapters[0].Model.Nodes)
        {
            (Adapter Adapter, long Rank)[] ranks =
                [.. adapters.Select(adapter => (adapter, LoraFactors.Of(adapter, node)?.A.shape[0] ?? 0)).Where(pair => pair.Item2 > 0)];
            if (ranks.DistinctBy(pair => pair.Rank).Count() > 1)
                throw new PeftException(
                    $"combination_type '{type}' needs adapters of equal ranks in every module, and in '{node.Path}' they are {string.Join(", ", ranks.Select(pair => $"{pair.Rank} ('{pair.Adapter.Name}')"))}; use {string.Join(", ", Types.Except(TaskVectors.Types))}, which take any ranks.");
        }
    }

    private static int LargestRank(Adapter adapter) =>
        (int)((LoraOptions)adapter.Options).RankPattern.Values.Append(((LoraOptions)adapter.Options).R).Max();

    private static string Plain(string type) =>
        type.EndsWith(SvdEnding, StringComparison.Ordinal) ? type[..^SvdEnding.Length] : type;

    private static LoraFactors Combine(
        List<(LoraFactors Factors, double Weight)> parts, WeightedCombination combination, string type, Adapter[] adapters, Generator random)
    {
        double[] weights = [.. parts.Select(part => part.Weight * part.Factors.Scale)];
        double density = combination.Density ?? 1;
        if (type == "cat")
            return new LoraFactors(
                cat([.. parts.Select((part, i) => part.Factors.A.Times(weights[i]))], 0), cat([.. parts.Select(part => part.Factors.B)], 1), 1);
        if (TaskVectors.Types.Contains(type))
        {
            TaskVectors vectors = new(type, density, combination.MajoritySignMethod, random);
            // The sign goes to one side only, or it would cancel itself.
            return new LoraFactors(
                vectors.Combine([.. parts.Select(part => part.Factors.A)], [.. weights.Select(weight => Math.Sqrt(Math.Abs(weight)) * (weight < 0 ? -1 : 1))]),
                vectors.Combine([.. parts.Select(part => part.Factors.B)], [.. weights.Select(weight => Math.Sqrt(Math.Abs(weight)))]), 1);
        }
        TaskVectors deltas = new(type == "svd" ? "linear" : Plain(type), density, combination.MajoritySignMethod, random);
        Tensor delta = deltas.Combine(
            [.. parts.Select(part => part.Factors.B.matmul(part.Factors.A).Times(part.Factors.Scale))],
            [.. parts.Select(part => part.Weight)]);
        return Truncate(delta, combination.SvdRank ?? adapters.Max(LargestRank));
    }

    /// <summary>The nearest product of rank r: B = U S, A = Vᵀ of the largest singular values.</summary>
    private static LoraFactors Truncate(Tensor delta, int rank)
    {
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(delta, fullMatrices: false);
        long kept = Math.Min(rank, s.shape[0]);
        return new LoraFactors(vh.narrow(0, 0, kept), u.narrow(1, 0, kept).mul(s.narrow(0, 0, kept).unsqueeze(0)), 1);
    }

    /// <summary>An adapter of scale 1 with these factors; smaller ones are padded with zeros.</summary>
    private static Adapter Build(BaseModel model, string name, Adapter[] adapters, Dictionary<Node, LoraFactors> combined)
    {
        int rank = (int)combined.Values.Max(factors => factors.A.shape[0]);
        LoraOptions first = (LoraOptions)adapters[0].Options;
        LoraOptions options = first with
        {
            R = rank,
            LoraAlpha = rank,
            UseRslora = false,
            RankPattern = new Dictionary<string, double>(),
            AlphaPattern = new Dictionary<string, double>(),
            TargetModules = TargetModules.Of([.. combined.Keys.Select(node => node.Path)]),
            ExcludeModules = null,
            LayersToTransform = null,
            LayersPattern = null,
            Init = LoraInit.Default,
        };
        Adapter adapter = PeftMethods.Build(model, options, name, seed: 0);
        foreach ((Node node, LoraFactors factors) in combined)
        {
            LoraFactors into = LoraFactors.Of(adapter, node)!;
            long used = factors.A.shape[0];
            into.A.zero_().narrow(0, 0, used).copy_(factors.A);
            into.B.zero_().narrow(1, 0, used).copy_(factors.B);
        }
        CopyWholeModules(adapters, adapter);
        return adapter;
    }

    /// <summary>A head that one of the adapters trained goes into the result as it is.</summary>
    private static void CopyWholeModules(Adapter[] adapters, Adapter into)
    {
        foreach (Adapter adapter in adapters)
            foreach ((int id, Tensor value) in adapter.Replaced)
                if (into.Replaced.TryGetValue(id, out Tensor? own))
                    own.copy_(value);
    }
}
