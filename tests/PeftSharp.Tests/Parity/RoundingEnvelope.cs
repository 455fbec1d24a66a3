using PeftSharp.Kernels;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>
/// AdamW moves every value by about the learning rate whatever the size of its gradient, so a value whose gradient is
/// only rounding moves by the sign of the rounding, and takes others a little with it: no two machines agree on it. Where
/// a value is off, the same training is run again with rounding-sized noise on the gradients, and only a value that such
/// noise moves as far may be off; they must be few.
/// </summary>
internal sealed class RoundingEnvelope(string name)
{
    private const int Runs = 6;
    private const double Rounding = 2e-7;
    private const double LargestShare = 0.05;
    private IReadOnlyList<FiveSteps>? _disturbed;

    /// <summary>Compares the final values of one parameter.</summary>
    /// <param name="parameter">Its name.</param>
    /// <param name="expected">The reference's values.</param>
    /// <param name="actual">Ours.</param>
    /// <param name="tolerance">What a value may be off by, of the largest one.</param>
    /// <param name="noise">Values that only rounding moves.</param>
    public void Compare(string parameter, float[] expected, float[] actual, double tolerance, IReadOnlySet<int> noise)
    {
        double allowed = tolerance * expected.Max(Math.Abs);
        int[] off = [.. Enumerable.Range(0, expected.Length).Where(i => !noise.Contains(i) && !(Math.Abs(expected[i] - actual[i]) <= allowed))];
        if (off.Length == 0)
            return;
        Assert.True(off.Length <= Math.Max(1, LargestShare * expected.Length), $"final.{parameter}: {off.Length} of {expected.Length} values differ by more than {allowed:g3}");
        _disturbed ??= [.. Enumerable.Range(0, Runs).Select(Disturbed)];
        foreach (int i in off)
        {
            double reach = _disturbed.Max(run => Math.Abs(run.Final[parameter][i] - actual[i]));
            double difference = Math.Abs(expected[i] - actual[i]);
            Assert.True(difference <= 2 * reach + allowed, $"final.{parameter}[{i}]: {actual[i]} is not {expected[i]}; rounding reaches {reach:g3}");
        }
    }

    /// <summary>The training with noise of the size of fp32 rounding at the scale of the largest gradient.</summary>
    private FiveSteps Disturbed(int run)
    {
        RandomTensors random = new(seed: run);
        return FiveSteps.Run(name, gradients =>
        {
            double scale = gradients.Max(gradient => gradient.abs().max().item<float>()) * Rounding * 2;
            foreach (Tensor gradient in gradients)
                gradient.PlusInPlace(random.Uniform(gradient.shape).Plus(-0.5).Times(scale));
        });
    }
}
