using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Boft;

/// <summary>Plugs BOFT into linear layers.</summary>
internal sealed class BoftMethod : IPeftMethod
{
    /// <summary>HF's word for the biases of the adapted modules.</summary>
    internal const string OnlyWord = "boft_only";

    public string PeftType => "BOFT";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("boft_block_size", "4", "width of a rotated block, a divisor of the layer's inputs; 0: boft_block_num says it (BOFT)"),
        new("boft_block_num", "0", "number of blocks of a layer, where boft_block_size is 0 (BOFT)"),
        new("boft_n_butterfly_factor", "1", "factors of blocks; each one more joins twice as many inputs (BOFT)"),
        new("boft_dropout", "0", "share of blocks left unrotated in a training step (BOFT)"),
    ];

    public PeftOptions Read(JsonSettings settings)
    {
        settings.Flag("fan_in_fan_out", false);
        return LayerTargetedOptions.ReadLayers(settings, new BoftOptions
        {
            BlockSize = settings.Whole("boft_block_size", 4, 0),
            BlockCount = settings.Whole("boft_block_num", 0, 0),
            ButterflyFactors = settings.Whole("boft_n_butterfly_factor", 1, 1),
            BoftDropout = settings.Probability("boft_dropout", 0),
            Bias = BiasTraining.Read(settings, OnlyWord),
            InitWeights = settings.Flag("init_weights", true),
        });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily(model, (BoftOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        BoftOptions own = (BoftOptions)options;
        Validate(own);
        IReadOnlyList<Linear> targets = MethodTargets.Linears(builder, own);
        Dictionary<(long, long), IReadOnlyList<(Tensor, Tensor)>> orders = [];
        foreach (Linear node in targets)
        {
            using var scope = NewDisposeScope();
            Device device = node.Weight.Value.device;
            long size = BlockSize(own, node);
            long[] shape = [own.ButterflyFactors, node.InFeatures / size, size, size];
            builder.Expect($"{node.Path}.boft_R", shape);
            if (!orders.TryGetValue((node.InFeatures, size), out IReadOnlyList<(Tensor, Tensor)>? order))
                orders[(node.InFeatures, size)] = order = Orders(builder, own, node.InFeatures, size);
            Tensor blocks = own.InitWeights ? zeros(shape) : InitialValues.Normal(builder.Random, 0.1, shape);
            Tensor scale = ones([node.OutFeatures, 1]);
            if (!own.InitWeights)
                scale = scale.Plus(InitialValues.Normal(builder.Random, 0.1, node.OutFeatures, 1));
            builder.Plug(node, new BoftLinear(
                builder.Train($"{node.Path}.boft_R", blocks.to(device)), builder.Train($"{node.Path}.boft_s", scale.to(device)), order, own.BoftDropout));
        }
        BiasTraining.Plug(builder, targets, own.Bias);
    }

    private static void Validate(BoftOptions options)
    {
        if (options.BlockSize < 0 || options.BlockCount < 0 || (options.BlockSize == 0) == (options.BlockCount == 0))
            throw new PeftException(
                $"BOFT needs either the width of the blocks (boft_block_size) or their number (boft_block_num), and the other one 0; boft_block_size is {options.BlockSize} and boft_block_num {options.BlockCount}.");
        if (options.ButterflyFactors is < 1 or > 32)
            throw new PeftException($"boft_n_butterfly_factor is {options.ButterflyFactors}; it is at least 1 (1 is plain block-diagonal).");
        Require.Probability("boft_dropout", options.BoftDropout);
    }

    private static long BlockSize(BoftOptions options, Linear node)
    {
        (string key, long given) = options.BlockSize > 0 ? ("boft_block_size", (long)options.BlockSize) : ("boft_block_num", options.BlockCount);
        if (node.InFeatures % given != 0)
            throw new PeftException($"{key} {given} does not divide the {node.InFeatures} inputs of '{node.Path}'; choose a divisor, or take the module out of target_modules.");
        long size = options.BlockSize > 0 ? given : node.InFeatures / given;
        long joined = size << (options.ButterflyFactors - 1);
        if (options.ButterflyFactors > 1 && (size % 2 != 0 || node.InFeatures % joined != 0))
            throw new PeftException(
                $"boft_n_butterfly_factor {options.ButterflyFactors} joins {joined} inputs of '{node.Path}', blocks of {size}: the width of a block must be even and {joined} must divide the {node.InFeatures} inputs. Lower boft_n_butterfly_factor or {key}.");
        return size;
    }

    private static (Tensor, Tensor)[] Orders(AdapterBuilder builder, BoftOptions options, long inputs, long size)
    {
        (Tensor, Tensor)[] orders = new (Tensor, Tensor)[options.ButterflyFactors - 1];
        for (int i = 0; i < orders.Length; i++)
        {
            long[] order = Butterfly.Order(inputs, size, i + 1);
            orders[i] = (
                builder.Own(tensor(order, device: builder.Model.Device)),
                builder.Own(tensor(Butterfly.Inverse(order), device: builder.Model.Device)));
        }
        return orders;
    }
}
