using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck.Phm;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>
/// Makes the trained tensors of bottleneck adapters. Their keys are AdapterHub's without the adapter's name:
/// <c>….output.adapters.adapter_down.0.weight</c>.
/// </summary>
internal sealed class BottleneckWeights
{
    private readonly AdapterBuilder _builder;
    private readonly BottleneckOptions _options;
    private readonly Generator _random;
    private readonly PhmWeights? _phm;
    private readonly Device _device;

    public BottleneckWeights(AdapterBuilder builder, BottleneckOptions options, Generator random)
    {
        _builder = builder;
        _options = options;
        _random = random;
        _device = builder.Model.Device;
        _phm = options.Phm is null ? null : new PhmWeights(builder, options.Phm, $"{builder.Model.BackbonePrefix}shared_parameters", _device);
    }

    /// <summary>The adapter of a place.</summary>
    public BottleneckTuner Adapter(SubLayer place)
    {
        string path = $"{place.Path}.adapters";
        long units = BottleneckChecks.Units(_options, place);
        if (_phm is null)
        {
            _builder.Expect($"{path}.adapter_down.{(_options.NormBefore ? 1 : 0)}.weight", units, place.Width);
            _builder.Expect($"{path}.adapter_up.weight", place.Width, units);
        }
        // The layers in front of the activation are numbered.
        TrainedNorm? before = _options.NormBefore ? Norm($"{path}.adapter_down.0", place.Width) : null;
        IProjection down = Projection($"{path}.adapter_down.{(_options.NormBefore ? 1 : 0)}", "down", place.Width, units);
        IProjection up = Projection($"{path}.adapter_up", "up", units, place.Width);
        return new BottleneckTuner(_options)
        {
            Down = down,
            Up = up,
            NormBefore = before,
            NormAfter = _options.NormAfter ? Norm($"{path}.adapter_norm_after", place.Width) : null,
            Scaling = _options.Scaling.Name is { } name
                ? _builder.Train($"{path}.scaling", ones([name == "channel" ? place.Width : 1], device: _device))
                : null,
            Gate = _options.UseGating
                ? new TrainedGate(
                    _builder.Train($"{path}.gate.weight", Normal(0.02, 1, place.Width)),
                    _builder.Train($"{path}.gate.bias", zeros([1], device: _device)))
                : null,
        };
    }

    /// <summary>The invertible adapter behind the embeddings; it stands in the module that they are in.</summary>
    public InvertibleTuner Invertible(StreamPoint embeddings)
    {
        string path = $"{embeddings.ModulePath}.invertible_adapters".TrimStart('.');
        long width = embeddings.Width;
        long first = width / 2, second = width - width / 2;
        return new InvertibleTuner(Coupling($"{path}.F", second, first), Coupling($"{path}.G", first, second));
    }

    private Coupling Coupling(string path, long from, long to)
    {
        long units = BottleneckChecks.Units(_options.InvertibleReductionFactor ?? 2, from, atLeastOne: false, "inv_adapter_reduction_factor");
        return new Coupling(
            Linear($"{path}.0", Normal(0.02, units, from), bias: true),
            Linear($"{path}.2", Normal(0.02, to, units), bias: true),
            Activations.Of(_options.NonLinearity, "non_linearity"));
    }

    private IProjection Projection(string path, string position, long from, long to) =>
        _phm is not null
            ? _phm.Layer(path, position, _random, from, to)
            : Linear(path, Start(position, to, from), _options.AddBias);

    private TrainedLinear Linear(string path, Tensor weight, bool bias) => new(
        _builder.Train($"{path}.weight", weight),
        bias ? _builder.Train($"{path}.bias", zeros([weight.shape[0]], device: _device)) : null);

    private TrainedNorm Norm(string path, long width) => new(
        _builder.Train($"{path}.weight", ones([width], device: _device)),
        _builder.Train($"{path}.bias", zeros([width], device: _device)));

    private Tensor Start(string position, long rows, long columns) => _options.InitWeights switch
    {
        BottleneckInit.Mam when position == "up" => zeros([rows, columns], device: _device),
        BottleneckInit.Mam => rand([rows, columns], generator: _random).Plus(-0.5).Times(2 / Math.Sqrt(columns)).to(_device),
        BottleneckInit.Houlsby => Truncated(0.01, rows, columns),
        _ => Normal(0.02, rows, columns),
    };

    private Tensor Normal(double deviation, long rows, long columns) =>
        randn([rows, columns], generator: _random).Times(deviation).to(_device);

    /// <summary>A normal distribution cut at two deviations: Φ⁻¹ of a uniform value between Φ(−2) and Φ(2).</summary>
    private Tensor Truncated(double deviation, long rows, long columns)
    {
        const double Inside = 0.9544997361036416;
        // Φ⁻¹(p) = √2 erf⁻¹(2p − 1), and 2p − 1 is uniform in ±(Φ(2) − Φ(−2)).
        return rand([rows, columns], generator: _random).Plus(-0.5).Times(2 * Inside).erfinv().Times(Math.Sqrt(2) * deviation).to(_device);
    }
}
