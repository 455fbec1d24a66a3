using PeftSharp.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>Every activation of transformers' ACT2FN that has no weights, against its formula in double.</summary>
public sealed class ActivationsTests
{
    public static TheoryData<string> Names =>
    [
        "gelu", "gelu_10", "gelu_accurate", "gelu_fast", "gelu_new", "gelu_python", "gelu_python_tanh", "gelu_pytorch_tanh", "hardswish",
        "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu", "relu2", "relu6", "sigmoid", "silu", "sqrtsoftplus", "swish", "tanh",
    ];

    [Theory, MemberData(nameof(Names))]
    public void Of_EveryName_ComputesItsFormula(string name)
    {
        using var scope = NewDisposeScope();
        float[] points = [-30, -11, -3.5f, -3, -1.25f, -0.5f, 0, 0.3f, 1, 2.75f, 3.1f, 6.5f, 12, 30];
        float[] actual = Activations.Of(name)(tensor(points)).data<float>().ToArray();
        for (int i = 0; i < points.Length; i++)
            Assert.Equal(Formula(name, points[i]), actual[i], 2e-6 * Math.Max(1, Math.Abs(points[i] * points[i])));
    }

    [Fact]
    public void Of_Linear_LeavesTheInputToItsOwner()
    {
        using Tensor x = ones(3);
        Activations.Of("linear")(x).Dispose();
        Assert.Equal(3, x.sum().item<float>());
    }

    private static double Formula(string name, double x) => name switch
    {
        "gelu" or "gelu_python" => x * Normal(x),
        "gelu_10" => Math.Clamp(x * Normal(x), -10, 10),
        "gelu_accurate" or "gelu_fast" or "gelu_new" or "gelu_python_tanh" or "gelu_pytorch_tanh" =>
            0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        "hardswish" => x * Math.Clamp(x + 3, 0, 6) / 6,
        "laplace" => Normal((x - 0.707107) / 0.282095),
        "leaky_relu" => x > 0 ? x : 0.01 * x,
        "linear" => x,
        "mish" => x * Math.Tanh(Math.Log(1 + Math.Exp(x))),
        "quick_gelu" => x / (1 + Math.Exp(-1.702 * x)),
        "relu" => Math.Max(0, x),
        "relu2" => Math.Pow(Math.Max(0, x), 2),
        "relu6" => Math.Clamp(x, 0, 6),
        "sigmoid" => 1 / (1 + Math.Exp(-x)),
        "silu" or "swish" => x / (1 + Math.Exp(-x)),
        "sqrtsoftplus" => Math.Sqrt(Math.Log(1 + Math.Exp(x))),
        _ => Math.Tanh(x),
    };

    /// <summary>Φ by integrating the density from 0 (Simpson).</summary>
    private static double Normal(double x)
    {
        const int Steps = 4000;
        double to = Math.Clamp(x, -12, 12), step = to / Steps, sum = 0;
        for (int i = 0; i <= Steps; i++)
            sum += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-Math.Pow(i * step, 2) / 2);
        return 0.5 + (sum * step / 3 / Math.Sqrt(2 * Math.PI));
    }
}
