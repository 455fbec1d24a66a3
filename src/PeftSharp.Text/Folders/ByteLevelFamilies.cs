using System.Text.Json;
using PeftSharp.IO;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.PostProcessors;
using PeftSharp.Text.PreTokenizers;

namespace PeftSharp.Text.Folders;

/// <summary>GPT-2, RoBERTa and BART, Qwen 2: vocab.json, and merges.txt with a merge a line.</summary>
internal static class ByteLevelFamilies
{
    private const string VocabularyName = "vocab.json";
    private const string MergesName = "merges.txt";

    private static readonly string[][] s_files = [[VocabularyName, MergesName]];

    public static TokenizerFamily Gpt2 { get; } = new()
    {
        Classes = ["GPT2"],
        ModelTypes = ["gpt2"],
        Files = s_files,
        Defaults = SpecialTokens.Of(("bos", "<|endoftext|>"), ("eos", "<|endoftext|>"), ("unk", "<|endoftext|>")),
        Build = BuildGpt2,
    };

    public static TokenizerFamily Roberta { get; } = new()
    {
        Classes = ["Roberta", "Bart"],
        ModelTypes = ["roberta", "bart"],
        Files = s_files,
        Defaults = SpecialTokens.Of(
            ("bos", "<s>"), ("eos", "</s>"), ("unk", "<unk>"), ("sep", "</s>"), ("pad", "<pad>"), ("cls", "<s>")).WithMask("<mask>"),
        Build = BuildRoberta,
    };

    public static TokenizerFamily Qwen2 { get; } = new()
    {
        Classes = ["Qwen2"],
        ModelTypes = ["qwen2", "qwen3"],
        Files = s_files,
        Defaults = SpecialTokens.Of(("eos", "<|endoftext|>"), ("unk", "<|endoftext|>"), ("pad", "<|endoftext|>")),
        Build = BuildQwen2,
    };

    private static TokenizerFile BuildGpt2(TokenizerFamily family, FolderSettings settings)
    {
        FolderDraft draft = Draft(family, settings);
        bool addsBos = settings.Flag("add_bos_token") ?? false;
        return File(
            draft,
            normalizer: null,
            new ByteLevelPreTokenizer(AddsPrefix(settings), cut: true),
            addsBos ? Framing.BosOnce(draft) : null);
    }

    private static TokenizerFile BuildRoberta(TokenizerFamily family, FolderSettings settings)
    {
        FolderDraft draft = Draft(family, settings);
        return File(
            draft,
            normalizer: null,
            new ByteLevelPreTokenizer(AddsPrefix(settings), cut: true),
            new RobertaProcessor(
                draft.IdOf("cls_token"), draft.IdOf("sep_token"), settings.Flag("trim_offsets") ?? true, AddsPrefix(settings)));
    }

    private static TokenizerFile BuildQwen2(TokenizerFamily family, FolderSettings settings) => File(
        Draft(family, settings),
        new UnicodeForm(System.Text.NormalizationForm.FormC),
        new PreTokenizerSequence(
        [
            new SplitPreTokenizer(Llama3Pattern.OneDigit, DelimiterBehavior.Isolated, invert: false),
            new ByteLevelPreTokenizer(AddsPrefix(settings), cut: false),
        ]),
        postProcessor: null);

    private static bool AddsPrefix(FolderSettings settings) => settings.Flag("add_prefix_space") ?? false;

    private static FolderDraft Draft(TokenizerFamily family, FolderSettings settings)
    {
        string path = settings.PathOf(VocabularyName);
        using JsonDocument document = JsonFile.Parse(SmallFile.ReadBytes(path), path);
        Vocabulary vocabulary = Vocabulary.Read(new JsonPart(document.RootElement, path));
        BpeMerges merges = BpeMerges.ReadLines(SmallFile.ReadText(settings.PathOf(MergesName)), settings.PathOf(MergesName), vocabulary);
        return new FolderDraft(settings, BpeModel.OfBytes(vocabulary, merges), family.Defaults, []);
    }

    private static TokenizerFile File(FolderDraft draft, INormalizer? normalizer, IPreTokenizer preTokenizer, IPostProcessor? postProcessor) =>
        new(draft.Model, normalizer, preTokenizer, postProcessor, new ByteLevelDecoder(), draft.Added.Tokens, null, null);
}
