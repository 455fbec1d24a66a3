using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Oft;

/// <summary>Plugs OFT into linear layers.</summary>
internal sealed class OftMethod : IPeftMethod
{
    /// <summary>HF's word for the biases of the adapted modules.</summary>
    internal const string OnlyWord = "oft_only";

    public string PeftType => "OFT";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("oft_block_size", "32", "width of a rotated block, a divisor of the layer's inputs; 0: r says the number of blocks (OFT)"),
        new("coft", "false", "keep the rotations small, within eps (OFT)"),
        new("eps", "6e-05", "bound of coft (OFT)"),
        new("block_share", "false", "one block for the whole layer (OFT)"),
        new("use_cayley_neumann", "true", "approximate the inverse by a series (OFT)"),
        new("num_cayley_neumann_terms", "5", "terms of the series (OFT)"),
    ];

    public PeftOptions Read(JsonSettings settings)
    {
        settings.Flag("fan_in_fan_out", false);
        return LayerTargetedOptions.ReadLayers(settings, new OftOptions
        {
            R = settings.Whole("r", 0, 0),
            BlockSize = settings.Whole("oft_block_size", 32, 0),
            ModuleDropout = settings.Probability("module_dropout", 0),
            Constrained = settings.Flag("coft", false),
            Eps = settings.Number("eps", 6e-5),
            BlockShare = settings.Flag("block_share", false),
            UseCayleyNeumann = settings.Flag("use_cayley_neumann", true),
            CayleyNeumannTerms = settings.Whole("num_cayley_neumann_terms", 5, 1),
            Bias = BiasTraining.Read(settings, OnlyWord),
            InitWeights = settings.Flag("init_weights", true),
        });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily(model, (OftOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        OftOptions own = (OftOptions)options;
        Validate(own);
        IReadOnlyList<Linear> targets = MethodTargets.Linears(builder, own);
        Dictionary<long, Tensor> places = [];
        List<(Tensor, OftLinear)> layers = [];
        foreach (Linear node in targets)
        {
            using var scope = NewDisposeScope();
            Device device = node.Weight.Value.device;
            long size = BlockSize(own, node, builder.IsLoading);
            long[] shape = [own.BlockShare ? 1 : node.InFeatures / size, size * (size - 1) / 2];
            builder.Expect($"{node.Path}.oft_R.weight", shape);
            if (!places.TryGetValue(size, out Tensor? where))
                places[size] = where = builder.Own(tensor(OftLinear.Places(size), device: device));
            Tensor start = own.InitWeights ? zeros(shape) : InitialValues.Normal(builder.Random, 0.1, shape);
            Tensor trained = builder.Train($"{node.Path}.oft_R.weight", start.to(device));
            OftLinear tuner = new(trained, where, node.InFeatures, own);
            builder.Plug(node, tuner);
            layers.Add((trained, tuner));
        }
        BiasTraining.Plug(builder, targets, own.Bias);
        if (own.Constrained)
            builder.Hook = new OftProjection(layers);
    }

    private static void Validate(OftOptions options)
    {
        if (options.R < 0 || options.BlockSize < 0 || (options.R == 0) == (options.BlockSize == 0))
            throw new PeftException(
                $"OFT needs either the number of blocks (r) or their width (oft_block_size), and the other one 0; r is {options.R} and oft_block_size {options.BlockSize}.");
        Require.Probability("module_dropout", options.ModuleDropout);
        if (options.CayleyNeumannTerms < 1)
            throw new PeftException($"num_cayley_neumann_terms is {options.CayleyNeumannTerms}; it is at least 1.");
        if (options.Constrained && !(options.Eps > 0))
            throw new PeftException($"eps is {options.Eps}; the bound of coft is above 0.");
    }

    /// <summary>The width of a block in a layer.</summary>
    /// <remarks>
    /// A width or count that does not divide the inputs is an error in a fresh adapter. HF takes the nearest divisor instead
    /// and keeps the number as it was given, so in a file the same nearest divisor is meant.
    /// </remarks>
    private static long BlockSize(OftOptions options, Linear node, bool isLoading)
    {
        (string key, long wanted) = options.R > 0 ? ("r", options.R) : ("oft_block_size", (long)options.BlockSize);
        long nearest = NearestDivisor(node.InFeatures, wanted);
        if (nearest != wanted && !isLoading)
            throw new PeftException($"{key} {wanted} does not divide the {node.InFeatures} inputs of '{node.Path}'; the nearest that does is {nearest}.");
        long size = options.R > 0 ? node.InFeatures / nearest : nearest;
        return size > 1
            ? size
            : throw new PeftException($"{key} {wanted} makes blocks of width {size} in '{node.Path}' ({node.InFeatures} inputs), which cannot be rotated; choose blocks of at least 2.");
    }

    private static long NearestDivisor(long size, long wanted)
    {
        if (wanted >= size)
            return size;
        long higher = wanted, lower = wanted;
        while (size % higher != 0)
            higher++;
        while (size % lower != 0)
            lower--;
        return wanted - lower <= higher - wanted ? lower : higher;
    }
}
