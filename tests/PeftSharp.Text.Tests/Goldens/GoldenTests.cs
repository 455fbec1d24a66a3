using System.Text.Json;
using static PeftSharp.Text.Tests.Goldens.GoldenCheck;

namespace PeftSharp.Text.Tests.Goldens;

/// <summary>Every folder of goldens against this library, section by section.</summary>
public sealed class GoldenTests
{
    private static readonly Dictionary<string, Action<GoldenFolder, JsonElement[], GoldenCheck>> s_sections = new()
    {
        ["singles"] = Singles,
        ["special_texts"] = SpecialTexts,
        ["flag_texts"] = FlagTexts,
        ["tokens"] = Tokens,
        ["is_pretokenized"] = Pretokenized,
        ["pairs"] = Pairs,
        ["truncation_single"] = TruncationSingle,
        ["batches"] = Batches,
        ["random_decodes"] = RandomDecodes,
    };

    public static TheoryData<string, string> Sections()
    {
        TheoryData<string, string> data = [];
        foreach (string name in GoldenFolder.Names)
            foreach (string section in SectionsOf(name))
                data.Add(name, section);
        return data;
    }

    public static TheoryData<string> Folders() => [.. GoldenFolder.Names];

    [Theory]
    [MemberData(nameof(Sections))]
    public void Section_EveryRow_EqualsHuggingFace(string folder, string section)
    {
        GoldenCheck check = new();
        Check(GoldenFolder.Load(folder), section, check);
        check.Done();
    }

    /// <summary>All sections that a folder has.</summary>
    public static IEnumerable<string> SectionsOf(string folder)
    {
        JsonElement goldens = GoldenFolder.ReadJson(PeftSharp.Testing.Fixtures.PathOf("tokenizers", folder, "goldens.json"));
        return s_sections.Keys.Where(section => goldens.TryGetProperty(section, out JsonElement rows) && rows.GetArrayLength() > 0);
    }

    internal static void Check(GoldenFolder golden, string section, GoldenCheck check) =>
        s_sections[section](golden, golden.Rows(section), check);

    [Theory]
    [MemberData(nameof(Folders))]
    public void VocabularySize_OfFolder_EqualsHuggingFace(string folder)
    {
        GoldenFolder golden = GoldenFolder.Load(folder);
        Assert.Equal(golden.Goldens.GetProperty("vocab_size_with_added").GetInt32(), golden.Tokenizer.VocabularySize);
        JsonElement pad = golden.Goldens.GetProperty("pad");
        if (pad.ValueKind == JsonValueKind.Object)
            Assert.Equal(pad.GetProperty("id").GetInt32(), golden.Tokenizer.TokenToId(pad.GetProperty("token").GetString()!));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void DecodeStream_OfEveryText_JoinsToDecode(string folder)
    {
        Tokenizer tokenizer = GoldenFolder.Load(folder).Tokenizer;
        GoldenCheck check = new();
        foreach (string text in GoldenFolder.Texts)
        {
            int[] ids = tokenizer.Encode(text).ToIdArray();
            foreach (bool skip in (bool[])[true, false])
            {
                DecodeStream stream = tokenizer.CreateDecodeStream(skip);
                string joined = string.Concat(ids.Select(stream.Add)) + stream.Flush();
                check.Equal(text, tokenizer.Decode(ids, skip), joined);
            }
        }
        check.Done();
    }

    private static void Singles(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        for (int i = 0; i < rows.Length; i++)
            Single(golden, rows[i], GoldenFolder.Texts[i], check);
    }

    private static void SpecialTexts(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
            Single(golden, row, row.GetProperty("text").GetString()!, check);
    }

    private static void Single(GoldenFolder golden, JsonElement row, string text, GoldenCheck check)
    {
        Encoding full = golden.Tokenizer.Encode(text);
        Encoding plain = golden.Tokenizer.Encode(text, addSpecialTokens: false);
        string name = JsonSerializer.Serialize(text);
        CheckFull(name, row.GetProperty("full"), full, check);
        check.Equal(name + " special", IntsOrEmpty(row, "special"), Positions(full.SpecialTokensMask));
        check.Equal(name + " plain", Ints(row.GetProperty("plain")), plain.ToIdArray());
        int[] plainOffsets = row.TryGetProperty("plain_off", out JsonElement given)
            ? Ints(given)
            : WithoutSpecial(Ints(row.GetProperty("full").GetProperty("off")), IntsOrEmpty(row, "special"));
        check.Equal(name + " plain offsets", plainOffsets, Flat(plain.Offsets));
        check.Equal(name + " mask", Enumerable.Repeat(1, full.Length), full.AttentionMask.ToArray());
        JsonElement decode = row.GetProperty("decode");
        check.Equal(name + " decode", decode[0].GetString(), golden.Tokenizer.Decode(full.Ids, skipSpecialTokens: false));
        check.Equal(name + " decode, skipping", decode[1].GetString(), golden.Tokenizer.Decode(full.Ids));
        string? plainText = row.TryGetProperty("decode_plain", out JsonElement decodePlain) ? decodePlain.GetString() : decode[1].GetString();
        check.Equal(name + " decode plain", plainText, golden.Tokenizer.Decode(plain.Ids));
    }

    private static void CheckFull(string name, JsonElement full, Encoding actual, GoldenCheck check)
    {
        check.Equal(name + " ids", Ints(full.GetProperty("ids")), actual.ToIdArray());
        check.Equal(name + " offsets", Ints(full.GetProperty("off")), Flat(actual.Offsets));
        int[] types = full.TryGetProperty("type_ids", out JsonElement given) ? Ints(given) : new int[actual.Length];
        check.Equal(name + " type ids", types, actual.TypeIds.ToArray());
    }

    private static int[] WithoutSpecial(int[] offsets, int[] special) =>
        [.. offsets.Where((_, i) => !special.Contains(i / 2))];

    private static void FlagTexts(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
        {
            string text = row.GetProperty("text").GetString()!, name = JsonSerializer.Serialize(text);
            Encoding full = golden.Tokenizer.Encode(text), plain = golden.Tokenizer.Encode(text, addSpecialTokens: false);
            CheckFull(name, row.GetProperty("full"), full, check);
            CheckFull(name + " plain", row.GetProperty("plain"), plain, check);
            check.Equal(name + " tokens", Strings(row.GetProperty("tokens")), full.Tokens);
            check.Equal(name + " decode", row.GetProperty("decode")[0].GetString(), golden.Tokenizer.Decode(full.Ids, false));
            check.Equal(name + " decode, skipping", row.GetProperty("decode")[1].GetString(), golden.Tokenizer.Decode(full.Ids));
        }
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(t => t.GetString()!)];

    private static void Tokens(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
        {
            string text = GoldenFolder.Texts[row.GetProperty("text_index").GetInt32()];
            check.Equal(text, Strings(row.GetProperty("tokens")), golden.Tokenizer.Encode(text).Tokens);
        }
    }

    private static void Pretokenized(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
        {
            string[] words = Strings(row.GetProperty("words"));
            Encoding encoding = golden.Tokenizer.EncodeWords(words);
            string name = string.Join('|', words);
            check.Equal(name + " ids", Ints(row.GetProperty("ids")), encoding.ToIdArray());
            check.Equal(name + " offsets", Ints(row.GetProperty("off")), Flat(encoding.Offsets));
            check.Equal(name + " words", NullableInts(row.GetProperty("word_ids")), encoding.WordIds.ToArray());
        }
    }

    private static void Pairs(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
        {
            (string text, string pair) = GoldenFolder.Pairs[row.GetProperty("pair").GetInt32()];
            JsonElement full = row.GetProperty("full");
            CheckPair($"pair {row.GetProperty("pair")}", full, golden.Tokenizer.Encode(text, pair), check);
            foreach (JsonElement cut in row.GetProperty("truncated").EnumerateArray())
            {
                TruncationOptions options = new(cut.GetProperty("max_length").GetInt32())
                {
                    Strategy = cut.GetProperty("strategy").GetString() switch
                    {
                        "longest_first" => TruncationStrategy.LongestFirst,
                        "only_first" => TruncationStrategy.OnlyFirst,
                        _ => TruncationStrategy.OnlySecond,
                    },
                };
                string name = $"pair {row.GetProperty("pair")} {options}";
                if (cut.TryGetProperty("error", out _))
                    check.Equal(name, nameof(ArgumentException), ErrorOf(() => golden.Tokenizer.Encode(text, pair, true, options)));
                else
                    CheckPair(name, cut, golden.Tokenizer.Encode(text, pair, true, options), check);
            }
        }
    }

    private static string? ErrorOf(Func<Encoding> encode)
    {
        try
        {
            encode();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.GetType().Name;
        }
    }

    private static void CheckPair(string name, JsonElement row, Encoding actual, GoldenCheck check)
    {
        CheckFull(name, row, actual, check);
        check.Equal(name + " special", IntsOrEmpty(row, "special"), Positions(actual.SpecialTokensMask));
        check.Equal(name + " sequences", NullableInts(row.GetProperty("seq")), actual.SequenceIds.ToArray());
    }

    private static void TruncationSingle(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
        {
            string text = GoldenFolder.Texts[row.GetProperty("text_index").GetInt32()];
            TruncationOptions options = new(row.GetProperty("max_length").GetInt32())
            {
                Stride = row.GetProperty("stride").GetInt32(),
                Direction = SideOf(row),
                KeepOverflow = true,
            };
            Encoding encoding = golden.Tokenizer.Encode(text, true, options);
            string name = $"text {row.GetProperty("text_index")} {options}";
            CheckFull(name, row, encoding, check);
            JsonElement[] overflow = [.. row.GetProperty("overflow").EnumerateArray()];
            check.Equal(name + " pieces", [overflow.Length], [encoding.Overflowing.Count]);
            for (int i = 0; i < Math.Min(overflow.Length, encoding.Overflowing.Count); i++)
                CheckFull($"{name} piece {i}", overflow[i], encoding.Overflowing[i], check);
            Encoding alone = golden.Tokenizer.Encode(text, true, options with { KeepOverflow = false });
            CheckFull(name + " without overflow", row, alone, check);
        }
    }

    private static TextSide SideOf(JsonElement row) =>
        row.GetProperty("direction").GetString() == "left" ? TextSide.Left : TextSide.Right;

    private static void Batches(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        JsonElement pad = golden.Goldens.GetProperty("pad");
        for (int r = 0; r < rows.Length; r++)
        {
            JsonElement row = rows[r];
            PaddingOptions padding = new()
            {
                PadId = pad.GetProperty("id").GetInt32(),
                PadToken = pad.GetProperty("token").GetString()!,
                Direction = SideOf(row),
                Length = IntOrNull(row.GetProperty("fixed_length")),
                MultipleOf = IntOrNull(row.GetProperty("pad_to_multiple_of")),
            };
            TruncationOptions? truncation = IntOrNull(row.GetProperty("max_length")) is { } max ? new(max) : null;
            IReadOnlyList<Encoding> batch = row.TryGetProperty("texts", out JsonElement texts)
                ? golden.Tokenizer.EncodeBatch([.. Ints(texts).Select(i => GoldenFolder.Texts[i])], true, truncation, padding)
                : golden.Tokenizer.EncodeBatch([.. Ints(row.GetProperty("pairs")).Select(i => GoldenFolder.Pairs[i])], true, truncation, padding);
            check.Equal($"batch {r} size", [row.GetProperty("ids").GetArrayLength()], [batch.Count]);
            for (int i = 0; i < batch.Count; i++)
            {
                string name = $"batch {r}, text {i}";
                check.Equal(name + " ids", Ints(row.GetProperty("ids")[i]), batch[i].ToIdArray());
                check.Equal(name + " mask", Ints(row.GetProperty("mask")[i]), batch[i].AttentionMask.ToArray());
                check.Equal(name + " type ids", Ints(row.GetProperty("type_ids")[i]), batch[i].TypeIds.ToArray());
                check.Equal(name + " special", Ints(row.GetProperty("special")[i]), batch[i].SpecialTokensMask.ToArray());
            }
        }
    }

    private static int? IntOrNull(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static void RandomDecodes(GoldenFolder golden, JsonElement[] rows, GoldenCheck check)
    {
        foreach (JsonElement row in rows)
        {
            int[] ids = Ints(row.GetProperty("ids"));
            string name = string.Join(',', ids);
            check.Equal(name, row.GetProperty("text").GetString(), golden.Tokenizer.Decode(ids, skipSpecialTokens: false));
            check.Equal(name + " skipping", row.GetProperty("text_skip").GetString(), golden.Tokenizer.Decode(ids));
            DecodeStream stream = golden.Tokenizer.CreateDecodeStream();
            check.Equal(name + " streamed", row.GetProperty("text_skip").GetString(),
                string.Concat(ids.Select(stream.Add)) + stream.Flush());
        }
    }
}
