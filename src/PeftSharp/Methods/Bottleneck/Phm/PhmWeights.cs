using PeftSharp.Adapters;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck.Phm;

/// <summary>Makes the hypercomplex layers of one adapter; what they share is made once.</summary>
internal sealed class PhmWeights(AdapterBuilder builder, PhmOptions options, string sharedPath, Device device)
{
    private const double OwnRuleRange = 0.01;
    private readonly Dictionary<string, PhmFactor> _shared = new(StringComparer.Ordinal);
    private long _sharedUnits;

    /// <summary>A layer.</summary>
    /// <param name="path">Where its own tensors are saved.</param>
    /// <param name="position"><c>down</c> or <c>up</c>.</param>
    /// <param name="random">Of the start values.</param>
    /// <param name="inFeatures">The width of the input.</param>
    /// <param name="outFeatures">The width of the output.</param>
    /// <exception cref="PeftException">A width is no multiple of n, or shared layers are of unequal width.</exception>
    public PhmProjection Layer(string path, string position, Generator random, long inFeatures, long outFeatures)
    {
        int n = options.Dim;
        foreach (long width in (ReadOnlySpan<long>)[inFeatures, outFeatures])
            if (width % n != 0)
                throw new PeftException(
                    $"phm_dim is {n} and a hypercomplex layer here is {inFeatures} × {outFeatures}: both must be multiples of phm_dim; change reduction_factor or phm_dim.");
        PhmFactor rule = options.SharedRule
            ? Shared("phm_rule", at => Rule(at, random, options.InitRange, options.UniformRule ? 1 : null))
            : Rule(path, random, OwnRuleRange, options.UniformRule ? OwnRuleRange : null);
        if (options.SharedW)
        {
            long units = Math.Min(inFeatures, outFeatures);
            if (_sharedUnits != 0 && _sharedUnits != units)
                throw new PeftException($"shared_W_phm needs one bottleneck width for all layers and reduction_factor gives {_sharedUnits} and {units}.");
            _sharedUnits = units;
        }
        PhmFactor w = options.SharedW
            ? Shared($"W_{position}", at => Matrices($"{at}.W_{position}", random, inFeatures / n, outFeatures / n))
            : Matrices($"{path}.W", random, inFeatures / n, outFeatures / n);
        Tensor? bias = options.Bias ? builder.Train($"{path}.b", zeros([outFeatures], device: device)) : null;
        return new PhmProjection(rule, w, bias);
    }

    private PhmFactor Shared(string name, Func<string, PhmFactor> make)
    {
        if (!_shared.TryGetValue(name, out PhmFactor? factor))
            _shared[name] = factor = make(sharedPath);
        return factor;
    }

    /// <summary>A: (n, n, n), or (n, n, 1) and (n, 1, n).</summary>
    private PhmFactor Rule(string path, Generator random, double deviation, double? bound)
    {
        int n = options.Dim;
        if (!options.FactorizedRule)
            builder.Expect($"{path}.phm_rule", n, n, n);
        return options.FactorizedRule
            ? new PhmFactor(Keep($"{path}.phm_rule_left", Start(n, n, 1)), Keep($"{path}.phm_rule_right", Start(n, 1, n)))
            : new PhmFactor(Keep($"{path}.phm_rule", Start(n, n, n)), null);

        Tensor Start(params long[] shape) => bound is { } limit
            ? rand(shape, generator: random).Plus(-0.5).Times(2 * limit)
            : randn(shape, generator: random).Times(deviation);

        Tensor Keep(string key, Tensor value) =>
            options.LearnRule ? builder.Train(key, value.to(device)) : builder.Store(key, value.to(device));
    }

    /// <summary>W: (n, rows, columns), or (n, rows, rank) and (n, rank, columns).</summary>
    private PhmFactor Matrices(string path, Generator random, long rows, long columns)
    {
        return options.FactorizedW
            ? new PhmFactor(Glorot($"{path}_left", rows, options.Rank), Glorot($"{path}_right", options.Rank, columns))
            : new PhmFactor(Glorot(path, rows, columns), null);

        Tensor Glorot(string key, long fanIn, long fanOut)
        {
            builder.Expect(key, options.Dim, fanIn, fanOut);
            return builder.Train(key, randn([options.Dim, fanIn, fanOut], generator: random).Times(Math.Sqrt(2.0 / (fanIn + fanOut))).to(device));
        }
    }
}
