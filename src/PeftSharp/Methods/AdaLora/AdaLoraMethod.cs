using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.AdaLora;

/// <summary>Plugs AdaLoRA into linear layers.</summary>
internal sealed class AdaLoraMethod : IPeftMethod
{
    public string PeftType => "ADALORA";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("init_r", "12", "rank of every module at first (ADALORA)"),
        new("target_r", "8", "mean rank of the modules in the end (ADALORA)"),
        new("tinit", "0", "steps before the first pruning (ADALORA)"),
        new("tfinal", "0", "steps after the last pruning (ADALORA)"),
        new("deltaT", "1", "steps between two prunings (ADALORA)"),
        new("beta1", "0.85", "memory of a value's importance (ADALORA)"),
        new("beta2", "0.85", "memory of its spread (ADALORA)"),
        new("orth_reg_weight", "0.5", "weight of the penalty that keeps the sides orthogonal (ADALORA)"),
        new("total_step", null, "steps of the whole run; unset: the trainer's (ADALORA)"),
    ];

    public PeftOptions Read(JsonSettings settings) => AdaLoraConfigFile.Read(settings);

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily((AdaLoraOptions)options, model.Roles.AdaLoraTargets);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        AdaLoraOptions own = (AdaLoraOptions)options;
        Validate(own);
        IReadOnlyList<Linear> targets = MethodTargets.Linears(builder, own);
        List<AdaLoraLinear> tuners = [];
        foreach (Linear node in targets)
        {
            using var scope = NewDisposeScope();
            int rank = RankOf(own, node.Path);
            Tensor Side(string name, long rows, long columns)
            {
                builder.Expect($"{node.Path}.{name}", rows, columns);
                return builder.Train(
                    $"{node.Path}.{name}",
                    InitialValues.Normal(builder.Random, own.InitWeights ? 0.02 : 1, rows, columns).to(node.Weight.Value.device));
            }

            builder.Expect($"{node.Path}.lora_E", rank, 1);
            Tensor a = Side("lora_A", rank, node.InFeatures);
            Tensor e = builder.Train(
                $"{node.Path}.lora_E",
                (own.InitWeights ? zeros([rank, 1]) : InitialValues.Normal(builder.Random, 1, rank, 1)).to(node.Weight.Value.device));
            AdaLoraLinear tuner = new(node.Path, a, e, Side("lora_B", node.OutFeatures, rank), own.LoraAlpha, own.InitR, own.LoraDropout);
            builder.Plug(node, tuner);
            tuners.Add(tuner);
        }
        BiasTraining.Plug(builder, targets, own.Bias);
        builder.Hook = new RankAllocator(tuners, own);
    }

    private static void Validate(AdaLoraOptions options)
    {
        if (options.InitR < 1 || options.TargetR < 1 || options.TargetR > options.InitR)
            throw new PeftException($"init_r is {options.InitR} and target_r {options.TargetR}; ranks go down from init_r to target_r, both at least 1.");
        Require.Probability("lora_dropout", options.LoraDropout);
        if (options.Beta1 is not (> 0 and < 1) || options.Beta2 is not (> 0 and < 1))
            throw new PeftException($"beta1 is {options.Beta1} and beta2 {options.Beta2}; both are between 0 and 1.");
        if (options.OrthRegWeight < 0)
            throw new PeftException($"orth_reg_weight is {options.OrthRegWeight}; it is at least 0.");
        if (options.TInit < 0 || options.TFinal < 0 || options.DeltaT < 1)
            throw new PeftException($"tinit is {options.TInit}, tfinal {options.TFinal} and deltaT {options.DeltaT}; the first two are at least 0, the last at least 1.");
        if (options.TotalStep is { } total)
            BudgetSchedule.RequirePruning(options, total);
    }

    /// <summary>What is left of init_r in a module.</summary>
    private static int RankOf(AdaLoraOptions options, string path)
    {
        if (options.RankPattern is null)
            return options.InitR;
        string key = $"{path}.lora_E";
        return options.RankPattern.TryGetValue(key, out IReadOnlyList<bool>? kept)
            ? kept.Count == options.InitR
                ? kept.Count(isKept => isKept)
                : throw new PeftException($"rank_pattern has {kept.Count} values for '{key}' and init_r is {options.InitR}; each rank needs one.")
            : throw new PeftException($"rank_pattern has no '{key}', which target_modules names; the two do not belong together.");
    }
}
