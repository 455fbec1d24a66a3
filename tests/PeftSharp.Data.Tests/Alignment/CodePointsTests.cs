using CsCheck;
using PeftSharp.Testing;

namespace PeftSharp.Data.Tests.Alignment;

public sealed class CodePointsTests
{
    [Fact]
    public void Slice_TextBeyondTheBasicPlane_CountsCodePoints()
    {
        Assert.Equal("b😀", CodePoints.Slice("a😀b😀c", new(2, 4)));
        Assert.Equal("", CodePoints.Slice("a😀", new(2, 2)));
        Assert.Equal(2, CodePoints.Count("a😀"));
        Assert.Equal(-1, CodePoints.ToUtf16("a😀", 3));
        foreach (CodePointSpan bad in (CodePointSpan[])[new(-1, 1), new(0, 3), new(2, 1), new(0, int.MaxValue)])
            Assert.Throws<ArgumentOutOfRangeException>(() => CodePoints.Slice("a😀", bad));
    }

    [Fact]
    public void ToUtf16_AnyText_IsTheLengthOfTheRunesBefore() =>
        Gen.OneOf("a", "é", "😀", "\ud800", "\udc00", "𐐀").Array[0, 12].SampleSeeded(pieces =>
        {
            // A lone high half followed by a lone low half is a pair, so the text decides what a code point is.
            string text = string.Concat(pieces);
            int at = 0, count = 0;
            foreach (System.Text.Rune rune in text.EnumerateRunes())
            {
                Assert.Equal(at, CodePoints.ToUtf16(text, count++));
                at += rune.Value == 0xFFFD ? 1 : rune.Utf16SequenceLength;
            }

            Assert.Equal(count, CodePoints.Count(text));
            Assert.Equal(text.Length, CodePoints.ToUtf16(text, count));
        });
}
