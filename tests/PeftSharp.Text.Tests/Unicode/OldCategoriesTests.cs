using System.Globalization;
using PeftSharp.Testing;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Tests.Unicode;

/// <summary>BERT's tokenizers know the characters of 2015, as the library's do.</summary>
public sealed class OldCategoriesTests
{
    [Theory]
    // Punctuation and marks of later versions are letters like any other there.
    [InlineData(0x061D, "None")]
    [InlineData(0x08D4, "None")]
    [InlineData(0x2E52, "None")]
    [InlineData(0x1DF6, "None")]
    // Known then: a comma, an Arabic question mark, an accent, a soft hyphen, the ends of ranges, private use.
    [InlineData(',', "Punctuation")]
    [InlineData(0x061F, "Punctuation")]
    [InlineData(0x0300, "NonspacingMark")]
    [InlineData(0x036F, "NonspacingMark")]
    [InlineData(0x0370, "None")]
    [InlineData(0x00AD, "Other")]
    [InlineData(0xE000, "Other")]
    [InlineData(0xF8FF, "Other")]
    [InlineData(0x10FFFD, "Other")]
    // A symbol since 2017, punctuation before.
    [InlineData(0x166D, "Punctuation")]
    [InlineData('a', "None")]
    [InlineData('+', "None")]
    public void Of_Character_IsWhatTheLibraryTakesItFor(int character, string trait) =>
        Assert.Equal(trait, OldCategories.Of(character).ToString());

    [Fact]
    public void Of_EveryCharacterThatTheyKnew_AgreesWithTheRuntimeButForAFewThatMoved()
    {
        int moved = 0, unknown = 0;
        for (int c = 0; c <= 0x10FFFF; c++)
        {
            CharTraits now = Traits(CharUnicodeInfo.GetUnicodeCategory(c)), then = OldCategories.Of(c);
            moved += then != CharTraits.None && then != now ? 1 : 0;
            unknown += then == CharTraits.None && now != CharTraits.None ? 1 : 0;
        }
        Assert.InRange(moved, 1, 10);
        Assert.InRange(unknown, 500, 900);
    }

    [Fact]
    public void Encode_CharactersOfLaterVersions_AreNeitherCutOffNorDropped()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixtures.Asset("models", "all-MiniLM-L6-v2"));
        // One word with a character that nobody knows is one unknown token; punctuation would stand alone.
        Assert.Equal(["[CLS]", "[UNK]", "[SEP]"], tokenizer.Encode("card\u061Dlost").Tokens);
        Assert.Equal(["[CLS]", "[UNK]", "[SEP]"], tokenizer.Encode("card\u08D4").Tokens);
        Assert.Equal(["[CLS]", "card", "?", "lost", "[SEP]"], tokenizer.Encode("card?lost").Tokens);
        Assert.Equal(["[CLS]", "card", "[SEP]"], tokenizer.Encode("card\u0301").Tokens);
    }

    private static CharTraits Traits(UnicodeCategory category) => category switch
    {
        UnicodeCategory.NonSpacingMark => CharTraits.NonspacingMark,
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => CharTraits.Punctuation,
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse => CharTraits.Other,
        _ => CharTraits.None,
    };
}
