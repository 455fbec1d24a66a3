using System.Text;
using CsCheck;
using PeftSharp.Testing;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Tests.Normalizers;

public sealed class UnicodeFormTests
{
    private static readonly Gen<string> s_text = Gen.OneOf(
            Gen.Int[0x20, 0x24F], Gen.Int[0x300, 0x36F], Gen.Int[0x600, 0x6FF], Gen.Int[0x900, 0x97F], Gen.Int[0x1100, 0x11FF],
            Gen.Int[0x1E00, 0x1FFF], Gen.Int[0xAC00, 0xD7A3], Gen.Int[0xF900, 0xFDFF], Gen.Int[0xFF00, 0xFFFD],
            Gen.Int[0x1D100, 0x1D1FF], Gen.Int[0x1D400, 0x1D4FF], Gen.Int[0x1F100, 0x1F1FF])
        .Array[0, 12].Select(runes => string.Concat(runes.Select(r => new Rune(r).ToString())));

    [Theory]
    [InlineData(NormalizationForm.FormC)]
    [InlineData(NormalizationForm.FormD)]
    [InlineData(NormalizationForm.FormKC)]
    [InlineData(NormalizationForm.FormKD)]
    public void Apply_RandomText_EqualsThePlatformAndHasOrderedOrigins(NormalizationForm form) => s_text.SampleSeeded(
        source =>
        {
            NormalizedText text = new();
            text.Reset(source, 0);
            UnicodeForm.Apply(text, form);
            Assert.Equal(source.Normalize(form), text.Chars.ToString());
            for (int i = 0; i < text.Length; i++)
            {
                Assert.InRange(text.OriginalStart(i), i == 0 ? 0 : text.OriginalStart(i - 1), source.Length - 1);
                Assert.InRange(text.OriginalEnd(i), text.OriginalStart(i) + 1, source.Length);
            }
        },
        iter: 5000, threads: 1);

    [Fact]
    public void Apply_ComposedCharacter_ComesFromItsLetter()
    {
        NormalizedText text = new();
        text.Reset("xe\u0301y", 10);
        UnicodeForm.Apply(text, NormalizationForm.FormC);
        Assert.Equal("xéy", text.Chars.ToString());
        Assert.Equal([(10, 11), (11, 12), (13, 14)], Enumerable.Range(0, 3).Select(i => (text.OriginalStart(i), text.OriginalEnd(i))));
    }

    [Fact]
    public void Apply_NonCharacterFffe_StaysAndStopsNothing()
    {
        NormalizedText text = new();
        text.Reset("\uFFFEe\u0301\uFFFEé", 0);
        UnicodeForm.Apply(text, NormalizationForm.FormC);
        Assert.Equal("\uFFFEé\uFFFEé", text.Chars.ToString());
    }
}
