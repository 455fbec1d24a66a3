using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PTuning;

/// <summary>
/// torch's bidirectional LSTM over one short sequence. With [i; f; g; o] = W_ih x_t + b_ih + W_hh h_{t−1} + b_hh:
/// c_t = σ(f) ∘ c_{t−1} + σ(i) ∘ tanh(g), h_t = σ(o) ∘ tanh(c_t); a layer gives h forwards beside h backwards.
/// </summary>
internal sealed class BidirectionalLstm
{
    private readonly Direction[] _forwards;
    private readonly Direction[] _backwards;
    private readonly double _dropout;

    /// <param name="builder">Takes the parameters, which start uniform in ±1/√hidden.</param>
    /// <param name="key">Their path.</param>
    /// <param name="width">The width of the input.</param>
    /// <param name="hidden">The width of one direction's output.</param>
    /// <param name="layers">The number of layers.</param>
    /// <param name="dropout">The dropout between layers, in training.</param>
    public BidirectionalLstm(AdapterBuilder builder, string key, long width, long hidden, int layers, double dropout)
    {
        _forwards = new Direction[layers];
        _backwards = new Direction[layers];
        _dropout = dropout;
        for (int layer = 0; layer < layers; layer++)
        {
            long input = layer == 0 ? width : 2 * hidden;
            _forwards[layer] = new Direction(builder, key, $"l{layer}", input, hidden);
            _backwards[layer] = new Direction(builder, key, $"l{layer}_reverse", input, hidden);
        }
    }

    /// <summary>(length, width) → (length, 2 · hidden).</summary>
    public Tensor Forward(Tensor x, Pass pass)
    {
        using var scope = NewDisposeScope();
        for (int layer = 0; layer < _forwards.Length; layer++)
        {
            if (layer > 0)
                x = pass.Dropout(x, _dropout);
            Tensor back = _backwards[layer].Forward(x.flip(0)).flip(0);
            x = cat([_forwards[layer].Forward(x), back], 1);
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>One direction of one layer.</summary>
    private sealed class Direction(AdapterBuilder builder, string key, string suffix, long width, long hidden)
    {
        private readonly Tensor _inputWeight = Train(builder, $"{key}.weight_ih_{suffix}", hidden, 4 * hidden, width);
        private readonly Tensor _stateWeight = Train(builder, $"{key}.weight_hh_{suffix}", hidden, 4 * hidden, hidden);
        private readonly Tensor _inputBias = Train(builder, $"{key}.bias_ih_{suffix}", hidden, 4 * hidden);
        private readonly Tensor _stateBias = Train(builder, $"{key}.bias_hh_{suffix}", hidden, 4 * hidden);

        public Tensor Forward(Tensor x)
        {
            // All steps' inputs in one product; only the state's goes step by step.
            Tensor driven = nn.functional.linear(x, _inputWeight, _inputBias).Plus(_stateBias);
            Tensor[] outputs = new Tensor[x.shape[0]];
            // The state before the first step is 0: of one step alone W_hh has no effect, and the gradient 0, not none.
            Tensor state = zeros([1, hidden], dtype: driven.dtype, device: driven.device);
            Tensor? cell = null;
            for (int step = 0; step < outputs.Length; step++)
            {
                Tensor sums = driven.narrow(0, step, 1).Plus(nn.functional.linear(state, _stateWeight));
                Tensor[] gates = sums.chunk(4, 1);
                Tensor fresh = gates[0].sigmoid().mul(gates[2].tanh());
                cell = cell is null ? fresh : gates[1].sigmoid().mul(cell).Plus(fresh);
                outputs[step] = state = gates[3].sigmoid().mul(cell.tanh());
            }
            return cat(outputs, 0);
        }

        private static Tensor Train(AdapterBuilder builder, string key, long hidden, params long[] shape)
        {
            builder.ExpectOwn(key, shape);
            return builder.TrainOwn(key, DenseLayer.Uniform(builder, 1 / Math.Sqrt(hidden), shape), isSaved: false);
        }
    }
}
