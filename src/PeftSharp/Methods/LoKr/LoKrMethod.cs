using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.LoKr;

/// <summary>Plugs LoKr into linear layers.</summary>
internal sealed class LoKrMethod : IPeftMethod
{
    public string PeftType => "LOKR";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("decompose_both", "false", "store the left factor as a low-rank product too (LOKR)"),
        new("decompose_factor", "-1", "size of the left factor; -1: about the square root (LOKR)"),
        new("init_weights", "true", "how the trained values start or are laid out; true: as nothing; LOKR also takes lycoris, MISS mini and bat"),
        new("rank_dropout_scale", "false", "make up for dropped rows (LOKR)"),
    ];

    public PeftOptions Read(JsonSettings settings)
    {
        settings.Flag("use_effective_conv2d", false);
        return LayerTargetedOptions.ReadLayers(settings, new LoKrOptions
        {
            R = settings.Size("r", 8),
            Alpha = settings.Number("alpha", 8),
            DecomposeBoth = settings.Flag("decompose_both", false),
            DecomposeFactor = settings.Whole("decompose_factor", -1, -1),
            RankDropout = settings.Probability("rank_dropout", 0),
            RankDropoutScale = settings.Flag("rank_dropout_scale", false),
            ModuleDropout = settings.Probability("module_dropout", 0),
            RankPattern = settings.Numbers("rank_pattern"),
            AlphaPattern = settings.Numbers("alpha_pattern"),
            Init = settings.Raw("init_weights") switch
            {
                null or { ValueKind: JsonValueKind.True } => LoKrInit.LeftZero,
                { ValueKind: JsonValueKind.False } => LoKrInit.Random,
                { ValueKind: JsonValueKind.String } word when word.GetString() == "lycoris" => LoKrInit.Lycoris,
                _ => throw settings.Wrong("init_weights", "true, false or \"lycoris\""),
            },
        });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily(model, (LoKrOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        LoKrOptions own = (LoKrOptions)options;
        DeltaDropout dropout = new(own.RankDropout, own.ModuleDropout, own.RankDropoutScale);
        dropout.Validate();
        if (own.DecomposeFactor is not (-1 or >= 1))
            throw new PeftException($"decompose_factor is {own.DecomposeFactor}; it is -1 or a whole number above 0.");
        foreach (Linear node in MethodTargets.Linears(builder, own))
            Plug(builder, node, own, dropout);
    }

    private static void Plug(AdapterBuilder builder, Linear node, LoKrOptions options, DeltaDropout dropout)
    {
        using var scope = NewDisposeScope();
        int rank = ModulePatterns.Rank(options.R, options.RankPattern, node.Path);
        double alpha = ModulePatterns.Find(options.AlphaPattern, node.Path) ?? options.Alpha;
        (long p, long q, long m, long n) = KroneckerShape.Of(node.OutFeatures, node.InFeatures, options.DecomposeFactor);
        KroneckerFactor left = options.DecomposeBoth && 2L * rank < Math.Max(p, m)
            ? new(Factor("lokr_w1_a", p, rank, options.Init == LoKrInit.LeftZero), Factor("lokr_w1_b", rank, m, zero: false))
            : new(Factor("lokr_w1", p, m, options.Init == LoKrInit.LeftZero), null);
        KroneckerFactor right = 2L * rank < Math.Max(q, n)
            ? new(Factor("lokr_w2_a", q, rank, zero: false), Factor("lokr_w2_b", rank, n, options.Init == LoKrInit.Lycoris))
            : new(Factor("lokr_w2", q, n, options.Init == LoKrInit.Lycoris), null);
        builder.Plug(node, new LoKrLinear(left, right, alpha / rank, dropout));

        Tensor Factor(string name, long rows, long columns, bool zero)
        {
            builder.Expect($"{node.Path}.{name}", rows, columns);
            return builder.Train($"{node.Path}.{name}", InitialValues.KaimingOr(zero, builder.Random, rows, columns).to(node.Weight.Value.device));
        }
    }
}
