using System.Globalization;
using System.Text;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>The methods of a text that ask what its letters are: <c>isdigit</c> and its like.</summary>
internal static class LetterTests
{
    public static Func<string, bool>? Find(string name) => name switch
    {
        "isspace" => text => All(text, letter => CodePointText.IsSpace(letter[0])),
        "isalpha" => text => All(text, IsAlpha),
        "isdecimal" => text => All(text, IsDecimal),
        "isdigit" => text => All(text, IsDigit),
        "isnumeric" => text => All(text, IsNumeric),
        "isalnum" => text => All(text, letter => IsAlpha(letter) || IsNumeric(letter)),
        "isupper" => text => Any(text, LetterCase.IsUpper) && !Any(text, LetterCase.IsLower),
        "islower" => text => Any(text, LetterCase.IsLower) && !Any(text, LetterCase.IsUpper),
        "istitle" => text => Any(text, LetterCase.IsCased) && text == LetterCase.Title(text, letter => !LetterCase.IsCased(letter)),
        "isascii" => text => Ascii.IsValid(text),
        _ => null,
    };

    private static bool All(string text, Func<string, bool> test) => text.Length > 0 && CodePointText.Split(text).All(test);

    private static bool Any(string text, Func<string, bool> test) => CodePointText.Split(text).Any(test);

    private static bool IsAlpha(string letter) => CharUnicodeInfo.GetUnicodeCategory(letter, 0) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    private static bool IsDecimal(string letter) => CharUnicodeInfo.GetUnicodeCategory(letter, 0) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsDigit(string letter) => letter.Length == 1 ? CharUnicodeInfo.GetDigitValue(letter[0]) >= 0 : CharUnicodeInfo.GetDigitValue(letter, 0) >= 0;

    private static bool IsNumeric(string letter) => CharUnicodeInfo.GetNumericValue(letter, 0) >= 0;
}
