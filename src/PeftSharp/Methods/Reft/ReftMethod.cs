using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Methods.Shared;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Reft;

/// <summary>Plugs ReFT behind layers.</summary>
internal sealed class ReftMethod : IPeftMethod
{
    public string PeftType => "REFT";

    public IReadOnlyList<OptionKey> Keys => ReftKeys.All;

    public PeftOptions Read(JsonSettings settings) => ReftOptions.Read(settings);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        ReftOptions own = (ReftOptions)options;
        StreamPoint[] points = [.. builder.Model.Nodes.OfType<StreamPoint>().Where(point => point.Layer is not null)];
        Check(own, points);
        foreach (StreamPoint point in points)
        {
            if (own.Layers is not null && !own.Layers.Contains(point.Layer!.Value))
                continue;
            string path = $"{point.Path}.reft_layer.refts.units";
            ReftUnit first = Unit(builder, own, $"{path}.0", point.Width);
            builder.Plug(point, new ReftTuner(own, first, own.TiedWeights ? first : Unit(builder, own, $"{path}.1", point.Width)));
        }
    }

    private static void Check(ReftOptions options, StreamPoint[] points)
    {
        long width = points[0].Width;
        if (options.R < 1 || options.R > width)
            throw new PeftException($"r is {options.R}; the subspace has from 1 to {width} dimensions.");
        if (options.PrefixPositions < 0 || options.SuffixPositions < 0 || options.PrefixPositions + options.SuffixPositions == 0)
            throw new PeftException($"prefix_positions is {options.PrefixPositions} and suffix_positions {options.SuffixPositions}, so ReFT changes no position; give at least one.");
        Require.Probability("dropout", options.Dropout);
        if (options.Layers is { Count: 0 })
            throw new PeftException("layers names no layer; leave it out for all.");
        foreach (int layer in options.Layers ?? [])
            if (points.All(point => point.Layer != layer))
                throw new PeftException($"layers names layer {layer} and the model has the layers 0 to {points.Length - 1}.");
    }

    private static ReftUnit Unit(AdapterBuilder builder, ReftOptions options, string path, long width)
    {
        Device device = builder.Model.Device;
        double bound = 1 / Math.Sqrt(width);
        Tensor weight = builder.Train($"{path}.learned_source.weight", Uniform(options.R, width));
        Tensor bias = builder.Train($"{path}.learned_source.bias", rand([options.R], generator: builder.Random).Plus(-0.5).Times(2 * bound).to(device));
        return new ReftUnit(weight, bias, Projection(), options);

        IReftProjection Projection()
        {
            if (!options.Orthogonality)
                return new FreeProjection(builder.Train($"{path}.projection.weight", Uniform(options.R, width)));
            string at = $"{path}.projection.parametrizations.weight";
            return new OrthogonalProjection(
                builder.Train($"{at}.original", OrthogonalProjection.Start(builder.Random, options.R, width).to(device)),
                options.HasBase ? builder.Store($"{at}.0.base", eye(width, device: device)) : null);
        }

        Tensor Uniform(long rows, long columns) => rand([rows, columns], generator: builder.Random).Plus(-0.5).Times(2 * bound).to(device);
    }
}
