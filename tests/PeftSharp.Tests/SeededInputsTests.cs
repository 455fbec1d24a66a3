using System.Text.RegularExpressions;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests;

/// <summary>No test may fail by chance: nothing random comes from anywhere but the seeded generators.</summary>
public sealed partial class SeededInputsTests
{
    /// <summary>Where the numbers are drawn, and who draws without a seed on purpose.</summary>
    private static readonly string[] _sources =
    [
        "tests/PeftSharp.Testing/SeededNumbers.cs", "tests/PeftSharp.Tests/SeededInputsTests.cs",
        // The multiplier of a hash table that a hostile file must not know.
        "src/PeftSharp.Text/Models/PairTable.cs",
        // The seed of a text whose caller gave none.
        "src/PeftSharp/Generation/TextSeed.cs",
        // The numbers that torch draws from the seed of the reference.
        "tests/PeftSharp.Tests/Generation/ReferenceLlama.cs",
    ];

    [Fact]
    public void TestSources_WhatTheyDraw_IsSeeded() => AssertNone(Files("tests").SelectMany(file => Find(file, _ => true)));

    [Fact]
    public void LibrarySources_WhatTheyDraw_ComesFromAGenerator() =>
        AssertNone(Files("src").Concat(Files("benchmarks")).SelectMany(file => Find(file, statement => !Generator().IsMatch(statement))));

    [Theory]
    [InlineData("Tensor x = randn(3, 4);")]
    [InlineData("return torch.rand(3);")]
    [InlineData("randint(0, 5, 7)")]
    [InlineData("x.normal_();")]
    [InlineData("new Random().Next()")]
    [InlineData("Random random = new();")]
    [InlineData("Random.Shared.Next()")]
    [InlineData("randn_like(x)")]
    [InlineData("randperm(7)")]
    [InlineData("Gen.Int.Sample(i => i > 0)")]
    public void Draw_WithoutASeed_IsFound(string text) => Assert.Matches(Draw(), text);

    [Theory]
    [InlineData("_random.Normal(3, 4)")]
    [InlineData("new Random(3)")]
    [InlineData("RandomTensors random = new(seed: 3);")]
    [InlineData("Operand(3)")]
    [InlineData("Gen.Int.SampleSeeded(i => i > 0)")]
    public void Draw_WithASeed_IsNot(string text) => Assert.DoesNotMatch(Draw(), text);

    private static void AssertNone(IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"drawn without a seed (tests take RandomTensors, SeededNumbers or SampleSeeded):\n{string.Join('\n', all)}");
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Fixtures.RepositoryRoot, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Fixtures.RepositoryRoot, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal) && !_sources.Contains(file));

    private static IEnumerable<string> Find(string file, Predicate<string> isWrong)
    {
        string text = File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, file));
        foreach (Match match in Draw().Matches(text))
        {
            int end = text.IndexOf(';', match.Index);
            string statement = text[match.Index..(end < 0 ? text.Length : end)];
            if (isWrong(statement))
                yield return $"{file}:{text.AsSpan(0, match.Index).Count('\n') + 1}: {match.Value.Trim()}";
        }
    }

    /// <summary>torch's draws, CsCheck's and .NET's, those without a seed.</summary>
    [GeneratedRegex("""
        (?<![\w.])(?:torch\.)?(?:rand|randn|randint|randperm|normal|bernoulli|multinomial|poisson)(?:_like)?\(
        |\.Sample\(
        |\.(?:normal|uniform|random|bernoulli|exponential|cauchy|geometric|log_normal)_\(
        |\bnew\s+Random\(\s*\)|\bRandom\s+\w+\s*=\s*new\(\s*\)|\bRandom\.Shared\b|\bRandomNumberGenerator\b
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Draw();

    /// <summary>A generator among the arguments.</summary>
    [GeneratedRegex(@"generator:|\b_?random\b|\b_own\b")]
    private static partial Regex Generator();
}
