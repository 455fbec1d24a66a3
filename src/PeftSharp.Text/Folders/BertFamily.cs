using PeftSharp.IO;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.PostProcessors;
using PeftSharp.Text.PreTokenizers;

namespace PeftSharp.Text.Folders;

/// <summary>BERT, DistilBERT, ELECTRA: vocab.txt, a token a line.</summary>
internal static class BertFamily
{
    private const string VocabularyName = "vocab.txt";
    private const int MaxCharsPerWord = 100;

    public static TokenizerFamily Bert { get; } = new()
    {
        Classes = ["Bert", "DistilBert", "Electra"],
        ModelTypes = ["bert", "distilbert", "electra"],
        Files = [[VocabularyName]],
        Defaults = SpecialTokens.Of(("unk", "[UNK]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("cls", "[CLS]"), ("mask", "[MASK]")),
        Build = Build,
    };

    private static TokenizerFile Build(TokenizerFamily family, FolderSettings settings)
    {
        Vocabulary vocabulary = ReadVocabulary(settings.PathOf(VocabularyName));
        string unknown = (settings.Token("unk_token") ?? family.Defaults["unk_token"]).Content;
        if (!vocabulary.TryGetId(unknown, out int unknownId))
            throw settings.Error($"{VocabularyName} does not have the unknown token \"{JsonPart.Shorten(unknown)}\".");
        FolderDraft draft = new(settings, new WordPieceModel(vocabulary, "##", unknownId, MaxCharsPerWord), family.Defaults, []);
        bool basic = settings.Flag("do_basic_tokenize") ?? true;
        bool lowercase = basic && (settings.Flag("do_lower_case") ?? true);
        return new TokenizerFile(
            draft.Model,
            new BertNormalizer(
                cleanText: true,
                spaceIdeographs: basic && (settings.Flag("tokenize_chinese_chars") ?? true),
                stripAccents: basic && (settings.Flag("strip_accents") ?? lowercase),
                lowercase),
            new BertPreTokenizer(),
            new BertProcessor(draft.IdOf("cls_token"), draft.IdOf("sep_token")),
            new WordPieceDecoder("##", cleanup: true),
            draft.Added.Tokens,
            null,
            null);
    }

    private static Vocabulary ReadVocabulary(string path)
    {
        string[] lines = SmallFile.ReadText(path).Split('\n');
        // What ends with a line feed has no further line.
        return Vocabulary.OfList([.. lines.Take(lines[^1].Length == 0 ? lines.Length - 1 : lines.Length).Select(line => line.TrimEnd('\r'))]);
    }
}
