using System.Text.RegularExpressions;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Kernels;

/// <summary>
/// No number goes to a TorchSharp call but through <c>ScalarMath</c>: the native scalar made of it may be freed while the
/// call still reads it, and the call then fails by chance.
/// </summary>
public sealed partial class ScalarSourcesTests
{
    [Fact]
    public void LibrarySources_OfNumbersInTensorCalls_HaveNone()
    {
        string root = Path.Combine(Fixtures.RepositoryRoot, "src", "PeftSharp");
        string[] found =
        [
            .. from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
               let path = Path.GetRelativePath(root, file).Replace('\\', '/')
               where path != "Kernels/ScalarMath.cs" && !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal)
               from match in Number().Matches(File.ReadAllText(file))
               select $"{path}: {match.Value}",
        ];
        Assert.True(found.Length == 0, $"a number in a tensor's call; take ScalarMath's:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData("x.square().sum()", true)]
    [InlineData("bytes.ne(0)", true)]
    [InlineData("x.mul(0.5)", true)]
    [InlineData("full([3], 0.1)", true)]
    [InlineData("x.mul(y)", false)]
    [InlineData("x.Times(0.5)", false)]
    public void Number_InACall_IsFound(string text, bool isFound) => Assert.Equal(isFound, Number().IsMatch(text));

    [GeneratedRegex(@"\.square\(\)|\.(?:add|sub|mul|div|pow|ne|eq|lt|le|gt|ge|clamp|fill|remainder)_?\(-?[0-9]|(?<![\w.])full\(\[")]
    private static partial Regex Number();
}
