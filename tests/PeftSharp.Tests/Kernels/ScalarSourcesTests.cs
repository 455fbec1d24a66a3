using PeftSharp.Kernels;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Kernels;

/// <summary>
/// No number goes to a TorchSharp call but through <c>ScalarMath</c>: the native scalar made of it may be freed while the
/// call still reads it, and the call then fails by chance.
/// </summary>
public sealed class ScalarSourcesTests
{
    /// <summary>Who keeps the scalar alive, or (the archive) hands tensors to a call that could take numbers.</summary>
    private static readonly string[] _keepers =
        ["PeftSharp.Kernels.ScalarMath::", "PeftSharp.Kernels.Scripts.", "PeftSharp.Kernels.Scripts::", "PeftSharp.Kernels.Packed.ScriptArchive::"];

    [Theory]
    [InlineData("PeftSharp.dll")]
    [InlineData("PeftSharp.Tests.dll")]
    [InlineData("PeftSharp.TrainingProcess.dll")]
    public void Code_OfNumbersInTensorCalls_HasNone(string assembly)
    {
        IReadOnlyList<string> found = NumbersInCalls.In(assembly, [.. _keepers, $"{typeof(Samples).FullName!.Replace('+', '.')}::"]);
        Assert.True(found.Count == 0, $"a number in a tensor's call; take ScalarMath's:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData(nameof(Samples.Literal), true)]
    [InlineData(nameof(Samples.Expression), true)]
    [InlineData(nameof(Samples.Named), true)]
    [InlineData(nameof(Samples.Filled), true)]
    [InlineData(nameof(Samples.Counted), true)]
    [InlineData(nameof(Samples.Multiplied), true)]
    [InlineData(nameof(Samples.Added), true)]
    [InlineData(nameof(Samples.Sum), true)]
    [InlineData(nameof(Samples.Square), true)]
    [InlineData(nameof(Samples.Product), false)]
    [InlineData(nameof(Samples.Difference), false)]
    [InlineData(nameof(Samples.Kept), false)]
    public void Number_InACall_IsFound(string sample, bool isFound) =>
        Assert.Equal(isFound, NumbersInCalls.In("PeftSharp.Tests.dll", _keepers).Any(found => found.Contains($"{nameof(Samples)}::{sample}(", StringComparison.Ordinal)));

    /// <summary>Calls to find or to leave; nobody runs them.</summary>
    private static class Samples
    {
        private const float Half = 0.5f;

        public static Tensor Literal(Tensor x) => x.ne(0);

        public static Tensor Expression(Tensor x, double y) => x.mul(1e-3 * y);

        public static Tensor Named(Tensor x) => x.clamp(min: Half);

        public static Tensor Filled() => full([3], 0.1);

        public static Tensor Counted() => arange(3);

        public static Tensor Multiplied(Tensor x) => 2 * x;

        public static Tensor Added(Tensor x) => x.add(x);

        public static Tensor Sum(Tensor x) => x + x;

        public static Tensor Square(Tensor x) => x.square();

        public static Tensor Product(Tensor x) => x.mul(x);

        public static Tensor Difference(Tensor x) => x - x;

        public static Tensor Kept(Tensor x) => x.Times(0.5);
    }
}
