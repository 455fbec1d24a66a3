using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>
/// A bottleneck adapter behind a sub-layer with output h, residual x and pretrained norm N (the identity where the family
/// has its norm elsewhere).
/// <para>Sequential: z = N(h + x) or h; u = s · Up(f(Down(z))); a = u + r with r = h, z or h + x; y = N(a + x) or a.</para>
/// <para>Parallel: u = s · Up(f(Down(x))); a = u + h; y = N(a + x) or a.</para>
/// A gate multiplies u; a new norm LN stands in front of Down, and behind Up as LN(u) + r or LN(u + r).
/// </summary>
internal sealed class BottleneckTuner : ISubLayerTuner
{
    private readonly BottleneckOptions _options;
    private readonly Func<Tensor, Tensor> _activation;

    public BottleneckTuner(BottleneckOptions options)
    {
        _options = options;
        _activation = Activations.Of(options.NonLinearity, "non_linearity");
    }

    public required IProjection Down { get; init; }

    public required IProjection Up { get; init; }

    public TrainedNorm? NormBefore { get; init; }

    public TrainedNorm? NormAfter { get; init; }

    public TrainedGate? Gate { get; init; }

    /// <summary>The trained scaling, (1) or (width); null takes the number of the options.</summary>
    public Tensor? Scaling { get; init; }

    public bool IsParallel => _options.IsParallel;

    public bool TreatsPositionsApart => Gate is null && _options.StochasticDepth == 0;

    public Tensor Adapt(Tensor hidden, Tensor residual, in SubLayerCall call)
    {
        (Tensor input, Tensor added) = Enter(hidden, residual, call);
        Tensor u = call.Pass.Dropout(Update(input, call.Pass), _options.Dropout);
        if (Gate is not null)
            u = u.mul(Gate.Forward(input));
        if (NormAfter is null)
            return u.Plus(added);
        return _options.NormOverResidual && !IsParallel
            ? NormAfter.Forward(u.Plus(added))
            : NormAfter.Forward(u).Plus(added);
    }

    public Tensor Close(Tensor adapted, Tensor residual, in SubLayerCall call) =>
        _options.OriginalNormAfter ? call.AddAndNormalise(adapted, residual) : adapted;

    /// <summary>The input of Down and what u is added to.</summary>
    public (Tensor Input, Tensor Added) Enter(Tensor hidden, Tensor residual, in SubLayerCall call)
    {
        if (IsParallel)
            return (residual, hidden);
        Tensor input = _options.OriginalNormBefore ? call.AddAndNormalise(hidden, residual) : hidden;
        return (input, _options.Residual switch
        {
            BottleneckResidual.Hidden => hidden,
            BottleneckResidual.Input => input,
            _ => _options.OriginalNormBefore ? hidden.Plus(residual) : hidden,
        });
    }

    /// <summary>u before gate and norm.</summary>
    public Tensor Update(Tensor input, Pass pass)
    {
        Tensor u = Up.Forward(_activation(Down.Forward(NormBefore?.Forward(input) ?? input)));
        if (pass.Training && _options.StochasticDepth > 0 && !IsParallel)
            u = u.mul(Dropout.Forward(ones([u.shape[0], 1, 1], dtype: u.dtype, device: u.device), _options.StochasticDepth));
        if (Scaling is not null)
            return u.mul(Scaling.to(u.dtype));
        return _options.Scaling.Number == 1 ? u : u.Times(_options.Scaling.Number);
    }
}
