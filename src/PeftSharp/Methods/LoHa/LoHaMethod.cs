using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.LoHa;

/// <summary>Plugs LoHa into linear layers.</summary>
internal sealed class LoHaMethod : IPeftMethod
{
    public string PeftType => "LOHA";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("alpha", "8", "scale: the update is multiplied with alpha / r (LOHA, LOKR)"),
        new("rank_dropout", "0", "probability of dropping a row of the update in training (LOHA, LOKR)"),
        new("module_dropout", "0", "probability of leaving a layer's update out in training (LOHA, LOKR), or of a block's (OFT)"),
    ];

    public PeftOptions Read(JsonSettings settings)
    {
        // For convolutions, which none of our backbones has.
        settings.Flag("use_effective_conv2d", false);
        return LayerTargetedOptions.ReadLayers(settings, new LoHaOptions
        {
            R = settings.Size("r", 8),
            Alpha = settings.Number("alpha", 8),
            RankDropout = settings.Probability("rank_dropout", 0),
            ModuleDropout = settings.Probability("module_dropout", 0),
            RankPattern = settings.Numbers("rank_pattern"),
            AlphaPattern = settings.Numbers("alpha_pattern"),
            InitWeights = settings.Flag("init_weights", true),
        });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily(model, (LoHaOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        LoHaOptions own = (LoHaOptions)options;
        DeltaDropout dropout = new(own.RankDropout, own.ModuleDropout, Rescales: true);
        dropout.Validate();
        foreach (Linear node in MethodTargets.Linears(builder, own))
        {
            using var scope = NewDisposeScope();
            int rank = ModulePatterns.Rank(own.R, own.RankPattern, node.Path);
            double alpha = ModulePatterns.Find(own.AlphaPattern, node.Path) ?? own.Alpha;
            Tensor Factor(string name, long rows, long columns, bool zero = false)
            {
                builder.Expect($"{node.Path}.{name}", rows, columns);
                return builder.Train($"{node.Path}.{name}", InitialValues.KaimingOr(zero, builder.Random, rows, columns).to(node.Weight.Value.device));
            }
            builder.Plug(node, new LoHaLinear(
                Factor("hada_w1_a", node.OutFeatures, rank), Factor("hada_w1_b", rank, node.InFeatures),
                Factor("hada_w2_a", node.OutFeatures, rank), Factor("hada_w2_b", rank, node.InFeatures, zero: own.InitWeights),
                alpha / rank, dropout));
        }
    }
}
