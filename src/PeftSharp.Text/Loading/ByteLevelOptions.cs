namespace PeftSharp.Text.Loading;

/// <summary>The options that the pre-tokenizer, post-processor and decoder named ByteLevel share in the file.</summary>
internal readonly record struct ByteLevelOptions(bool AddPrefixSpace, bool TrimOffsets, bool UseRegex)
{
    public static ByteLevelOptions Read(JsonPart part)
    {
        part.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
        return new ByteLevelOptions(
            part.Get("add_prefix_space").Bool(),
            part.Get("trim_offsets").Bool(),
            part.Bool("use_regex", ifMissing: true));
    }
}
