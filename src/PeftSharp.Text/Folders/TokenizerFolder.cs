using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Folders;

/// <summary>Folders from before tokenizer.json: vocabularies of their own kinds, and what a tokenizer is called.</summary>
internal static class TokenizerFolder
{
    private static readonly TokenizerFamily[] s_families =
    [
        BertFamily.Bert,
        ByteLevelFamilies.Gpt2, ByteLevelFamilies.Roberta, ByteLevelFamilies.Qwen2,
        LlamaFamily.Llama, GemmaFamily.Gemma,
        T5Family.T5, FairseqFamilies.XlmRoberta, FairseqFamilies.MBart, FairseqFamilies.MBart50,
        ClassifierFamilies.DebertaV2, ClassifierFamilies.Albert,
    ];

    /// <summary>Whether there is a vocabulary of some kind.</summary>
    public static bool HasVocabulary(string folder) => Array.Exists(s_families, family => family.IsIn(folder));

    /// <summary>The tokens by role that a folder without tokenizer.json has where its files name none; null for other folders.</summary>
    public static IReadOnlyDictionary<string, SpecialToken>? DefaultsOf(string folder) =>
        !File.Exists(Path.Combine(folder, "tokenizer.json")) && HasVocabulary(folder) && Find(FolderSettings.Of(folder)) is { } family && family.IsIn(folder)
            ? family.Defaults
            : null;

    /// <summary>Makes the tokenizer of a folder with a vocabulary.</summary>
    public static Tokenizer Load(string folder)
    {
        FolderSettings settings = FolderSettings.Of(folder);
        TokenizerFamily family = Find(settings) ?? throw settings.Error(
            (settings.ClassName ?? settings.ModelType) is { } name
                ? $"there is no tokenizer.json, and the tokenizer of \"{JsonPart.Shorten(name)}\" cannot be made from other files; "
                    + $"supported: {string.Join(", ", s_families.SelectMany(f => f.Classes))}."
                : "there is no tokenizer.json, and no tokenizer_config.json or config.json says by \"tokenizer_class\" or \"model_type\" what the vocabulary is.");
        if (!family.IsIn(folder))
            throw settings.Error($"the tokenizer of \"{family.Classes[0]}\" needs tokenizer.json or "
                + $"{string.Join(" or ", family.Files.Select(set => string.Join(" and ", set)))}.");
        return new Tokenizer(family.Build(family, settings));
    }

    /// <summary>By the class, unless it only says that the tokenizer is one of the library's; else by the model.</summary>
    private static TokenizerFamily? Find(FolderSettings settings) =>
        settings.ClassName is { } name and not ("PreTrained" or "Tokenizers" or "TokenizersBackend" or "Auto")
            ? Array.Find(s_families, f => f.Classes.Contains(name))
            : settings.ModelType is { } type ? Array.Find(s_families, f => f.ModelTypes.Contains(type)) : null;
}
