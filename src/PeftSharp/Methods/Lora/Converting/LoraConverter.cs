using PeftSharp.Adapters;
using PeftSharp.Methods.Lora.Combining;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora.Converting;

/// <summary>
/// Rewrites an adapter of any mergeable method as plain LoRA: each module's change of the weight Δ is cut to the nearest
/// product of rank r, B A = U S Vᵀ of its r largest singular values (Eckart and Young 1936). PiSSA of rank r is exact at 2r,
/// LoHa at r², VeRA, MiSS and AdaLoRA at their own r.
/// </summary>
internal static class LoraConverter
{
    /// <summary>The adapter as LoRA.</summary>
    /// <param name="model">The base.</param>
    /// <param name="source">The adapter to convert.</param>
    /// <param name="name">The name of the result.</param>
    /// <param name="rank">The rank of the result.</param>
    /// <exception cref="PeftException">The method has no form as a change of weights; the message says why.</exception>
    public static LoraConversion Convert(BaseModel model, Adapter source, string name, ConversionRank rank)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        WeightUpdates updates = WeightUpdates.Of(source);
        List<ConvertedModule> modules = [];
        Dictionary<Node, LoraFactors> factors = [];
        foreach (Node node in updates.Nodes)
        {
            using var step = NewDisposeScope();
            (LoraFactors cut, ConvertedModule module) = Cut(node.Path, updates.Delta(node), rank);
            factors[node] = new LoraFactors(cut.A.MoveToOuterDisposeScope(), cut.B.MoveToOuterDisposeScope(), 1);
            modules.Add(module);
        }
        Adapter made = Build(model, source, name, updates, factors);
        double total = modules.Sum(module => module.UpdateNorm * module.UpdateNorm);
        double lost = modules.Sum(module => Math.Pow(module.UpdateNorm * module.RelativeError, 2));
        return new LoraConversion(made, modules, total > 0 ? Math.Sqrt(lost / total) : 0);
    }

    private static (LoraFactors Factors, ConvertedModule Module) Cut(string path, Tensor delta, ConversionRank rank)
    {
        if (!delta.isfinite().all().item<bool>())
            throw new PeftException($"The adapter's change of '{path}' is NaN or infinite: the adapter is broken.");
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(delta, fullMatrices: false);
        float[] singular = s.cpu().data<float>().ToArray();
        int kept = rank.Of(singular);
        double norm = Norm(singular), rest = Norm(singular.AsSpan(kept));
        LoraFactors factors = new(vh.narrow(0, 0, kept), u.narrow(1, 0, kept).mul(s.narrow(0, 0, kept).unsqueeze(0)), 1);
        return (factors, new ConvertedModule(path, kept, norm, norm > 0 ? rest / norm : 0));
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    private static Adapter Build(
        BaseModel model, Adapter source, string name, WeightUpdates updates, IReadOnlyDictionary<Node, LoraFactors> factors)
    {
        int rank = factors.Values.Max(pair => (int)pair.A.shape[0]);
        Dictionary<string, double> others = factors
            .Where(pair => pair.Value.A.shape[0] != rank)
            .ToDictionary(pair => pair.Key.Path, pair => (double)pair.Value.A.shape[0]);
        LoraOptions options = new()
        {
            TaskType = source.Options.TaskType,
            BaseModelNameOrPath = source.Options.BaseModelNameOrPath,
            Revision = source.Options.Revision,
            ModulesToSave = source.Options.ModulesToSave,
            TargetModules = TargetModules.Of([.. factors.Keys.Select(node => node.Path)]),
            R = rank,
            LoraAlpha = rank,
            RankPattern = others,
            AlphaPattern = others,
            Bias = updates.Biases,
            LayerReplication = (source.Options as LoraOptions)?.LayerReplication,
        };
        Adapter made = PeftMethods.Build(model, options, name, seed: 0, isLoading: true);
        foreach ((Node node, LoraFactors pair) in factors)
        {
            LoraFactors into = LoraFactors.Of(made, node)!;
            into.A.copy_(pair.A);
            into.B.copy_(pair.B);
        }
        foreach ((Parameter parameter, Tensor value) in updates.Whole)
            if (made.Replaced.TryGetValue(parameter.Id, out Tensor? own))
                own.copy_(value);
        return made;
    }
}
