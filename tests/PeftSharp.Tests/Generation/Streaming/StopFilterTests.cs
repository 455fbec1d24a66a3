using CsCheck;
using PeftSharp.Generation.Streaming;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Generation.Streaming;

public sealed class StopFilterTests
{
    private static readonly Gen<string> _text = Gen.Char["ab#"].Array[0, 30].Select(letters => new string(letters));
    private static readonly Gen<string> _stop = Gen.Char["ab#"].Array[1, 5].Select(letters => new string(letters));

    [Fact]
    public void Add_TextCutAnyhow_ShowsWhatStandsBeforeTheFirstStop() =>
        Gen.Select(_text, _stop.Array[0, 3], Gen.Int[1, 7].Array[30]).SampleSeeded((text, stops, cuts) =>
        {
            StopFilter filter = new(stops);
            string shown = "";
            int at = 0;
            foreach (int cut in cuts)
            {
                int length = Math.Min(cut, text.Length - at);
                shown += filter.Add(text.Substring(at, length));
                at += length;
            }
            shown += filter.Flush();
            // A stop that is complete ends the text, even where a longer one that began before it was still open.
            int end = Enumerable.Range(0, text.Length + 1).FirstOrDefault(i => stops.Any(stop => text.AsSpan(0, i).EndsWith(stop)), -1);
            string before = text;
            if (end >= 0)
                Assert.True(filter.Stopped);
            else
                Assert.False(filter.Stopped);
            if (end < 0)
                Assert.Equal(text, shown);
            else
                Assert.All(stops, stop => Assert.DoesNotContain(stop, shown, StringComparison.Ordinal));
            Assert.StartsWith(shown, before, StringComparison.Ordinal);
        });

    [Fact]
    public void Add_PossibleBeginning_IsHeldBackUntilItIsNone()
    {
        StopFilter filter = new(["###"]);
        Assert.Equal("a", filter.Add("a#"));
        Assert.Equal("", filter.Add("#"));
        Assert.Equal("##b", filter.Add("b"));
        Assert.False(filter.Stopped);
    }

    [Fact]
    public void Add_StopInPieces_IsNeverShown()
    {
        StopFilter filter = new(["\nUser:"]);
        Assert.Equal("Yes.", filter.Add("Yes.\nUs"));
        Assert.Equal("", filter.Add("er: hello"));
        Assert.True(filter.Stopped);
        Assert.Equal("", filter.Add("more") + filter.Flush());
    }
}
