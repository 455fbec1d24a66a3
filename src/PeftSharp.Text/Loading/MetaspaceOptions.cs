using System.Text;

namespace PeftSharp.Text.Loading;

/// <summary>Which pieces get a mark in front.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary>The options that the pre-tokenizer and the decoder named Metaspace share in the file, in the old form and the new.</summary>
internal readonly record struct MetaspaceOptions(Rune Replacement, PrependScheme Scheme, bool Split)
{
    public static MetaspaceOptions Read(JsonPart part)
    {
        part.AllowOnly("type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep");
        PrependScheme? scheme = part.Find("prepend_scheme")?.Choice<PrependScheme?>(
            ("always", PrependScheme.Always), ("first", PrependScheme.First), ("never", PrependScheme.Never));
        bool prefix = part.Bool("add_prefix_space", ifMissing: true);
        if (!prefix && scheme is not (null or PrependScheme.Never))
            throw part.Error("\"add_prefix_space\" is false but \"prepend_scheme\" is not \"never\".");
        return new MetaspaceOptions(
            part.Get("replacement").Character(),
            prefix ? scheme ?? PrependScheme.Always : PrependScheme.Never,
            part.Bool("split", ifMissing: true));
    }
}
