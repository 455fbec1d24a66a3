using PeftSharp.Adapters;
using Xunit;

namespace PeftSharp.Tests.Adapters;

public sealed class PythonRegexTests
{
    [Theory]
    [InlineData(@"layer\.\d{,1}\.query", "layer.7.query", true)]
    [InlineData(@"layer\.\d{,1}\.query", "layer.17.query", false)]
    [InlineData(@"(?P<x>value)", "value", true)]
    [InlineData(@"(?P<x>a|b)_(?P=x)", "a_a", true)]
    [InlineData(@"(?P<x>a|b)_(?P=x)", "a_b", false)]
    [InlineData(@"q_proj\Z", "q_proj", true)]
    [InlineData(@"[[a]_proj", "[_proj", true)]
    [InlineData(@"[]q]_proj", "]_proj", true)]
    [InlineData(@".*\.(?!lm_head).*proj", "model.q_proj", true)]
    [InlineData(@"a{,}", "aaa", true)]
    [InlineData(@"a\+b", "a+b", true)]
    public void FullMatch_OfPythonsSyntax_IsPythonsAnswer(string pattern, string text, bool matches) =>
        Assert.Equal(matches, PythonRegex.FullMatch(pattern, text));

    [Fact]
    public void Match_AtTheStart_NeedsNotReachTheEnd()
    {
        Assert.True(PythonRegex.Match("model", "model.layers"));
        Assert.False(PythonRegex.Match("layers", "model.layers"));
    }

    [Theory]
    [InlineData(@"\p{L}+")]
    [InlineData(@"(?<x>a)")]
    [InlineData(@"a++")]
    [InlineData(@"(?x) a")]
    [InlineData(@"\Ga")]
    public void FullMatch_OfWhatDotNetReadsOtherwise_IsRefused(string pattern) =>
        Assert.Contains("Python", Assert.Throws<PeftException>(() => PythonRegex.FullMatch(pattern, "a")).Message, StringComparison.Ordinal);
}
