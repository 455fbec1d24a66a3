using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Miss;

/// <summary>Plugs MiSS into linear layers.</summary>
internal sealed class MissMethod : IPeftMethod
{
    /// <summary>HF's word for the biases of the adapted modules.</summary>
    internal const string OnlyWord = "MiSS_only";

    public string PeftType => "MISS";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("miss_dropout", "0", "probability of dropping an input of the update in training (MISS)"),
        new("mini_r", "1", "outputs after which the shared matrix repeats, with init_weights mini (MISS)"),
    ];

    public PeftOptions Read(JsonSettings settings) => LayerTargetedOptions.ReadLayers(settings, new MissOptions
    {
        R = settings.Size("r", 64),
        MiniR = settings.Size("mini_r", 1),
        MissDropout = settings.Probability("miss_dropout", 0),
        Variant = settings.Raw("init_weights") switch
        {
            null or { ValueKind: JsonValueKind.True } => MissVariant.Plain,
            { ValueKind: JsonValueKind.False } => MissVariant.Random,
            { ValueKind: JsonValueKind.String } word when word.GetString() == "bat" => MissVariant.Bat,
            { ValueKind: JsonValueKind.String } word when word.GetString() == "mini" => MissVariant.Mini,
            _ => throw settings.Wrong("init_weights", "true, false, \"mini\" or \"bat\""),
        },
        Bias = BiasTraining.Read(settings, OnlyWord),
    });

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily(model, (MissOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        MissOptions own = (MissOptions)options;
        if (own.R < 1)
            throw new PeftException($"r is {own.R}; a shard is at least 1 input wide.");
        Require.Probability("miss_dropout", own.MissDropout);
        IReadOnlyList<Linear> targets = MethodTargets.Linears(builder, own);
        foreach (Linear node in targets)
        {
            using var scope = NewDisposeScope();
            long[] shape = Shape(own, node);
            builder.Expect($"{node.Path}.miss_block", shape);
            Tensor start = own.Variant == MissVariant.Random ? InitialValues.Kaiming(builder.Random, shape[0], shape[1]) : zeros(shape);
            Tensor block = builder.Train($"{node.Path}.miss_block", start.to(node.Weight.Value.device));
            ILinearTuner tuner = own.Variant == MissVariant.Bat ? new MissBatLinear(block) : new MissLinear(block, node.OutFeatures, own.MissDropout);
            builder.Plug(node, tuner);
        }
        BiasTraining.Plug(builder, targets, own.Bias);
    }

    private static long[] Shape(MissOptions options, Linear node)
    {
        (long r, long outputs) = (options.R, node.OutFeatures);
        switch (options.Variant)
        {
            case MissVariant.Bat when node.InFeatures % r != 0 || outputs % r != 0:
                throw new PeftException($"r {r} does not divide '{node.Path}' ({outputs} outputs, {node.InFeatures} inputs) into blocks, which init_weights \"bat\" needs; choose a common divisor.");
            case MissVariant.Bat:
                return [outputs / r, r, r];
            case MissVariant.Mini when options.MiniR < 1 || outputs % options.MiniR != 0:
                throw new PeftException($"mini_r {options.MiniR} does not divide the {outputs} outputs of '{node.Path}', which init_weights \"mini\" needs; choose a divisor.");
            case MissVariant.Mini:
                return [r, options.MiniR];
            default:
                return [r, outputs];
        }
    }
}
