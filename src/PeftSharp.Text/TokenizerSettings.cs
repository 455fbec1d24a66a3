using System.Collections.ObjectModel;
using PeftSharp.IO;
using PeftSharp.Text.Folders;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text;

/// <summary>
/// What the files beside tokenizer.json say: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> (for tokens that
/// the former does not name; for all where it has no <c>added_tokens_decoder</c>) and <c>chat_template.jinja</c>. Each file
/// may be missing. Without tokenizer.json the tokens of the tokenizer's class stand in for those that no file names.
/// </summary>
public sealed record TokenizerSettings
{
    /// <summary>The file of the chat template.</summary>
    public const string ChatTemplateFile = "chat_template.jinja";

    /// <summary>The token that begins a text.</summary>
    public string? BosToken { get; init; }

    /// <summary>The token that ends a text.</summary>
    public string? EosToken { get; init; }

    /// <summary>The token for what the vocabulary does not have.</summary>
    public string? UnkToken { get; init; }

    /// <summary>The token between and behind sequences.</summary>
    public string? SepToken { get; init; }

    /// <summary>The padding token.</summary>
    public string? PadToken { get; init; }

    /// <summary>The token whose state stands for the whole sequence.</summary>
    public string? ClsToken { get; init; }

    /// <summary>The token that hides another.</summary>
    public string? MaskToken { get; init; }

    /// <summary>Further special tokens.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; init; } = [];

    /// <summary>The most tokens that the model takes, or null if the file names no limit that means anything (Hugging Face writes 1e30 for none).</summary>
    public int? ModelMaxLength { get; init; }

    /// <summary>Where padding goes.</summary>
    public TextSide PaddingSide { get; init; } = TextSide.Right;

    /// <summary>Where a text that is too long is cut.</summary>
    public TextSide TruncationSide { get; init; } = TextSide.Right;

    /// <summary>Whether decoded text loses spaces before punctuation, or null if the file does not say.</summary>
    public bool? CleanUpTokenizationSpaces { get; init; }

    /// <summary>The Jinja source of the chat template, or null. Of several named templates it is the one named "default".</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Further chat templates by name: those of a list in <c>tokenizer_config.json</c> and the files of <c>additional_chat_templates/</c>.</summary>
    public IReadOnlyDictionary<string, string> NamedChatTemplates { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Reads the files of a model folder.</summary>
    /// <param name="folder">The folder; files that are missing leave their settings at the default.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is not JSON, or a setting has the wrong kind of value; says which and where.</exception>
    public static TokenizerSettings Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder {folder}.");
        TokenizerSettings settings = ChatTemplateFiles.AddTo(TokenizerSettingsReader.Read(
            ReadIfThere(Path.Combine(folder, "tokenizer_config.json")),
            ReadIfThere(Path.Combine(folder, "special_tokens_map.json")),
            ReadIfThere(Path.Combine(folder, ChatTemplateFile))), folder);
        return TokenizerFolder.DefaultsOf(folder) is { } defaults ? settings.WithDefaults(defaults) : settings;
    }

    /// <summary>Parses the content of a <c>tokenizer_config.json</c>.</summary>
    /// <param name="utf8">The content.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="InvalidDataException">The content is not JSON, or a setting has the wrong kind of value; says where.</exception>
    public static TokenizerSettings Parse(ReadOnlySpan<byte> utf8, string name = "tokenizer_config.json") =>
        TokenizerSettingsReader.Read(new NamedBytes(name, utf8.ToArray()), null, null);

    private TokenizerSettings WithDefaults(IReadOnlyDictionary<string, SpecialToken> defaults) => this with
    {
        BosToken = BosToken ?? defaults.GetValueOrDefault("bos_token")?.Content,
        EosToken = EosToken ?? defaults.GetValueOrDefault("eos_token")?.Content,
        UnkToken = UnkToken ?? defaults.GetValueOrDefault("unk_token")?.Content,
        SepToken = SepToken ?? defaults.GetValueOrDefault("sep_token")?.Content,
        PadToken = PadToken ?? defaults.GetValueOrDefault("pad_token")?.Content,
        ClsToken = ClsToken ?? defaults.GetValueOrDefault("cls_token")?.Content,
        MaskToken = MaskToken ?? defaults.GetValueOrDefault("mask_token")?.Content,
    };

    private static NamedBytes? ReadIfThere(string file) => File.Exists(file) ? new NamedBytes(file, SmallFile.ReadBytes(file)) : null;
}
