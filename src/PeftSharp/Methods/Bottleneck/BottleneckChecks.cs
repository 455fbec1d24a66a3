using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>What can be wrong with the options of bottleneck adapters.</summary>
internal static class BottleneckChecks
{
    /// <summary>Checks options against the places that a model has.</summary>
    /// <exception cref="PeftException">An option has no meaning, or two contradict each other.</exception>
    public static void Run(AdapterBuilder builder, BottleneckOptions options, IReadOnlyCollection<SubLayer> places)
    {
        string modelType = builder.Model.Config.ModelType;
        if (!options.AttentionAdapter && !options.OutputAdapter && !options.CrossAdapter)
            throw new PeftException($"mh_adapter and output_adapter are both false{(builder.Model.IsEncoderDecoder ? ", and cross_adapter too" : "")}, so there is no adapter; set one of them.");
        if (options.CrossAdapter && places.All(place => place.Kind is SubLayerKind.Attention or SubLayerKind.FeedForward))
            throw new PeftException($"cross_adapter is true and a {modelType} model has no cross-attention; set it to false.");
        if (options.BottleneckSize is < 1)
            throw new PeftException($"bottleneck_size is {options.BottleneckSize}; a bottleneck has at least 1 unit.");
        if (options.BottleneckSize is not null && options.ReductionFactors.Count > 0)
            throw new PeftException("bottleneck_size and a reduction_factor by layer exclude each other; give one of them.");
        if (options.Dropout is < 0 or >= 1 || options.StochasticDepth is < 0 or >= 1)
            throw new PeftException($"dropout is {options.Dropout} and stochastic_depth {options.StochasticDepth}; a probability is from 0 to below 1.");
        if (!double.IsFinite(options.Scaling.Number))
            throw new PeftException($"scaling is {options.Scaling.Number}; it must be a finite number.");
        if (options.Residual == BottleneckResidual.PostAdd && places.Any(place => place.Norm is null))
        {
            string what = $"residual_before_ln \"post_add\" is for models with a norm behind each sub-layer, and a {modelType} model has it in front";
            // A parallel adapter has no such residual, so that the setting says nothing; AdapterHub fails where a sequential one has it.
            if (options.IsParallel)
                builder.MeetWithoutEffect(what, "use true or false");
            else
                throw new PeftException($"{what}; use true or false.");
        }
        if (options.NormOverResidual && !options.NormAfter)
            builder.MeetWithoutEffect("adapter_residual_before_ln says what the new norm behind the adapter is over, and ln_after is false", "set ln_after or leave it out");
        LayersLeft.Of(options.LeaveOut, places.Max(place => place.Layer) + 1);
        Activations.Of(options.NonLinearity, "non_linearity");
    }

    /// <summary>The units of the adapter at a place: ⌊width / factor⌋.</summary>
    /// <exception cref="PeftException">There would be none.</exception>
    public static long Units(BottleneckOptions options, SubLayer place)
    {
        if (options.BottleneckSize is { } size)
            return size;
        double factor = options.ReductionFactor;
        if (options.ReductionFactors.Count > 0
            && !options.ReductionFactors.TryGetValue($"{place.Layer}", out factor)
            && !options.ReductionFactors.TryGetValue("default", out factor))
            throw new PeftException($"reduction_factor has no entry for layer {place.Layer} and no \"default\".");
        return Units(factor, place.Width, options.AtLeastOneUnit, "reduction_factor");
    }

    /// <summary>⌊width / factor⌋.</summary>
    /// <exception cref="PeftException">It would be 0, or more than could be meant.</exception>
    public static long Units(double factor, long width, bool atLeastOne, string key)
    {
        const int Widest = 64;
        double units = Math.Floor(width / factor);
        if (atLeastOne && units < 1 && factor > 0)
            return 1;
        return units >= 1 && units <= width * Widest
            ? (long)units
            : throw new PeftException($"{key} {factor} leaves no usable bottleneck of a width of {width}; it must be above {1.0 / Widest} and at most {width}.");
    }
}
