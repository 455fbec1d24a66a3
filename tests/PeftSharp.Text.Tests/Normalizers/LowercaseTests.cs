using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Tests.Normalizers;

public sealed class LowercaseTests
{
    [Theory]
    [InlineData("ABC", "abc")]
    [InlineData("İI", "i\u0307i")]
    [InlineData("ΣΑΣ", "σασ")]
    [InlineData("\U00010400x", "\U00010428x")]
    [InlineData("ǅ ẞ", "ǆ ß")]
    public void Lower_Text_IsCharacterByCharacterAndWithoutLocale(string source, string expected)
    {
        NormalizedText text = new();
        text.Reset(source, 0);
        Lowercase.Lower(text);
        Assert.Equal(expected, text.Chars.ToString());
    }
}
