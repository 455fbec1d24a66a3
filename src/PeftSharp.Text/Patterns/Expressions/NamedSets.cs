using System.Globalization;
using System.Text;

namespace PeftSharp.Text.Patterns.Expressions;

/// <summary>The sets that an expression has names for, as Oniguruma reads them in Unicode.</summary>
internal static class NamedSets
{
    // Two letters for each UnicodeCategory, in its order.
    private const string CategoryNames = "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn";

    private const int LastCased = 0x1E943;

    private static readonly Lazy<CodeSet[]> s_categories = new(FindCategories);
    private static readonly Lazy<CodeSet> s_word = new(() => CodeSet.Of(
        ((IEnumerable<string>)["L", "M", "Nd", "Nl", "Pc"]).SelectMany(name => Category(name)!.Ranges)
            .Concat([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)])));
    private static readonly Lazy<(int Upper, int Lower)[]> s_cases = new(FindCases);

    private static readonly Dictionary<string, string> s_longNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["letter"] = "L", ["mark"] = "M", ["number"] = "N", ["punctuation"] = "P", ["symbol"] = "S", ["separator"] = "Z", ["other"] = "C",
        ["uppercase_letter"] = "Lu", ["lowercase_letter"] = "Ll", ["titlecase_letter"] = "Lt", ["modifier_letter"] = "Lm",
        ["other_letter"] = "Lo", ["nonspacing_mark"] = "Mn", ["decimal_number"] = "Nd", ["letter_number"] = "Nl", ["other_number"] = "No",
    };

    public static CodeSet NewLine { get; } = CodeSet.Of('\n');

    public static CodeSet Space { get; } = CodeSet.Of(
        [(9, 13), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    public static CodeSet HexDigit { get; } = CodeSet.Of([('0', '9'), ('A', 'F'), ('a', 'f')]);

    public static CodeSet Digit => Category("Nd")!;

    /// <summary>Alphabetic characters, marks, decimal digits and connectors.</summary>
    public static CodeSet Word => s_word.Value;

    /// <summary>The set of <c>\p{…}</c>, or null if it is not known here.</summary>
    public static CodeSet? Property(string name)
    {
        string plain = name.Replace(' ', '_');
        return Category(s_longNames.GetValueOrDefault(plain, plain)) ?? plain.ToUpperInvariant() switch
        {
            "ANY" => CodeSet.All,
            "HAN" => s_han,
            "HIRAGANA" => s_hiragana,
            "KATAKANA" => s_katakana,
            "ASCII" => CodeSet.Of([(0, 0x7F)]),
            _ => Posix(plain.ToLowerInvariant()),
        };
    }

    /// <summary>The set of <c>[:…:]</c>, or null if it is not known here.</summary>
    public static CodeSet? Posix(string name) => name switch
    {
        "digit" => Digit,
        "space" => Space,
        "word" => Word,
        "xdigit" => HexDigit,
        "ascii" => CodeSet.Of([(0, 0x7F)]),
        "cntrl" => Category("Cc"),
        "lower" => Category("Ll"),
        "upper" => Category("Lu"),
        _ => null,
    };

    /// <summary>The set with the other case of each character, one for one.</summary>
    public static CodeSet IgnoreCase(CodeSet set)
    {
        // Twice: K, k and the Kelvin sign are three.
        for (int round = 0; round < 2; round++)
        {
            List<(int, int)> added = [];
            foreach ((int upper, int lower) in s_cases.Value)
                if (set.Contains(upper) != set.Contains(lower))
                    added.Add(set.Contains(upper) ? (lower, lower) : (upper, upper));
            set = added.Count > 0 ? set.Union(CodeSet.Of(added)) : set;
        }
        return set;
    }

    private static CodeSet? Category(string name)
    {
        if (name.Length is not (1 or 2))
            return null;
        CodeSet? found = null;
        for (int i = 0; i < CategoryNames.Length; i += 2)
            if (CategoryNames.AsSpan(i, name.Length).Equals(name, StringComparison.OrdinalIgnoreCase))
                found = found is null ? s_categories.Value[i / 2] : found.Union(s_categories.Value[i / 2]);
        return found;
    }

    private static CodeSet[] FindCategories()
    {
        List<(int, int)>[] ranges = [.. Enumerable.Range(0, CategoryNames.Length / 2).Select(_ => new List<(int, int)>())];
        int first = 0;
        for (int code = 1; code <= CodeSet.Last + 1; code++)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(first);
            if (code <= CodeSet.Last && CharUnicodeInfo.GetUnicodeCategory(code) == category)
                continue;
            ranges[(int)category].Add((first, code - 1));
            first = code;
        }
        return [.. ranges.Select(CodeSet.Of)];
    }

    private static (int Upper, int Lower)[] FindCases()
    {
        List<(int, int)> pairs = [(0x17F, 's'), (0x212A, 'k'), (0x1E9E, 0xDF), (0x2126, 0x3C9), (0x3C2, 0x3C3)];
        for (int code = 0; code <= LastCased; code++)
            if (Rune.IsValid(code) && code is not (0x130 or 0x131) && Rune.ToLowerInvariant(new Rune(code)).Value is var lower && lower != code)
                pairs.Add((code, lower));
        return [.. pairs];
    }

    private static readonly CodeSet s_han = CodeSet.Of(
    [
        (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B),
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3), (0x16FF0, 0x16FF1),
        (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D),
        (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF),
    ]);

    private static readonly CodeSet s_hiragana = CodeSet.Of(
        [(0x3041, 0x3096), (0x309D, 0x309F), (0x1B001, 0x1B11F), (0x1B132, 0x1B132), (0x1B150, 0x1B152), (0x1F200, 0x1F200)]);

    private static readonly CodeSet s_katakana = CodeSet.Of(
    [
        (0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF6F), (0xFF71, 0xFF9D),
        (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE), (0x1B000, 0x1B000), (0x1B120, 0x1B122), (0x1B155, 0x1B155), (0x1B164, 0x1B167),
    ]);
}
