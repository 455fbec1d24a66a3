using PeftSharp.Adapters;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Methods.PromptLearning;

/// <summary>A trainable layer of a prompt encoder: y = x Wᵀ + b.</summary>
internal sealed record DenseLayer(Tensor Weight, Tensor Bias)
{
    /// <summary>A fresh layer with torch's initial values: uniform in ±1/√in.</summary>
    /// <param name="builder">Takes the parameters.</param>
    /// <param name="key">Their path.</param>
    /// <param name="width">The width of the input.</param>
    /// <param name="outWidth">The width of the output.</param>
    /// <param name="isZero">True to start from zeros.</param>
    public static DenseLayer Train(AdapterBuilder builder, string key, long width, long outWidth, bool isZero = false)
    {
        double bound = isZero ? 0 : 1 / Math.Sqrt(width);
        builder.ExpectOwn($"{key}.weight", outWidth, width);
        return new(
            builder.TrainOwn($"{key}.weight", Uniform(builder, bound, outWidth, width), isSaved: false),
            builder.TrainOwn($"{key}.bias", Uniform(builder, bound, outWidth), isSaved: false));
    }

    public Tensor Forward(Tensor x) => nn.functional.linear(x, Weight, Bias);

    /// <summary>Values uniform in ±bound on the model's device.</summary>
    public static Tensor Uniform(AdapterBuilder builder, double bound, params long[] shape)
    {
        using var scope = NewDisposeScope();
        return rand(shape, generator: builder.Random).Times(2 * bound).Plus(-bound).to(builder.Model.Device).MoveToOuterDisposeScope();
    }

    /// <summary>Values normal around 0 on the model's device.</summary>
    public static Tensor Normal(AdapterBuilder builder, double deviation, params long[] shape)
    {
        using var scope = NewDisposeScope();
        return randn(shape, generator: builder.Random).Times(deviation).to(builder.Model.Device).MoveToOuterDisposeScope();
    }
}
