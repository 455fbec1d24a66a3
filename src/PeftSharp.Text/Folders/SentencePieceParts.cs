using System.Text;
using PeftSharp.IO;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Models;
using PeftSharp.Text.Normalizers;
using PeftSharp.Text.Patterns;
using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Folders;

/// <summary>What the families with a SentencePiece model have in common.</summary>
internal static class SentencePieceParts
{
    /// <summary>How a space is written.</summary>
    public static readonly Rune Mark = new('\u2581');

    private static readonly string[] s_names = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"];

    /// <summary>Sets of files for <see cref="TokenizerFamily.Files"/>: the usual name first.</summary>
    public static string[][] FilesOf(string usual) => [[usual], .. s_names.Where(name => name != usual).Select(name => (string[])[name])];

    public static SentencePieceModel Read(TokenizerFamily family, FolderSettings settings)
    {
        string path = settings.PathOf(family.FilesIn(settings.Folder)![0]);
        return SentencePieceModel.Read(SmallFile.ReadBytes(path), path);
    }

    /// <summary>The model whose pieces have the ids of the file.</summary>
    public static ITokenModel ModelOf(SentencePieceModel model)
    {
        if (!model.IsBpe)
            return Unigram(model, [.. model.Pieces.Select(p => (p.Text, (double)p.Score))], model.UnknownId, model.ByteFallback);
        Vocabulary vocabulary = Vocabulary.OfList([.. model.Pieces.Select(p => p.Text)]);
        return BpeModel.OfPieces(vocabulary, PieceMerges.Of(model, vocabulary), model.UnknownId, model.ByteFallback);
    }

    public static UnigramModel Unigram(SentencePieceModel model, IReadOnlyList<(string, double)> pieces, int unknownId, bool byteFallback) =>
        model.IsBpe
            ? throw new InvalidDataException($"{model.Name}: this tokenizer needs a unigram model, and the file holds BPE.")
            : new UnigramModel(pieces, unknownId, byteFallback);

    /// <summary>Control tokens, which are special, and those that the model's maker defined, which are not.</summary>
    public static IEnumerable<(SpecialToken, bool)> Marked(SentencePieceModel model) => model.Pieces
        .Where(p => p.Kind is PieceKind.Control or PieceKind.UserDefined && p.Text.Length > 0)
        .Select(p => (new SpecialToken(p.Text), p.Kind == PieceKind.Control));

    /// <summary>The normalizer's table, where the model has one.</summary>
    public static INormalizer[] Precompiled(SentencePieceModel model) =>
        model.CharsMap.Length > 0 ? [new Precompiled(CharsMap.Read(model.CharsMap, model.Name))] : [];

    /// <summary>Runs of spaces as one of something else.</summary>
    public static Replace Spaces(string by) => new(TextPattern.Regex(" {2,}"), by);

    /// <summary>Marks to spaces, bytes to text, all joined; optionally without the space that was put in front.</summary>
    public static DecoderSequence ByteFallbackDecoder(bool strip) => new(
    [
        new ReplaceDecoder(TextPattern.Literal(Mark.ToString()), " ", local: true),
        new ByteFallbackDecoder(),
        new FuseDecoder(),
        .. strip ? (IDecoder[])[new StripDecoder(new Rune(' '), 1, 0)] : [],
    ]);
}
