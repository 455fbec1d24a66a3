using System.Text;

namespace PeftSharp.Text.SentencePiece;

/// <summary>What a piece of a SentencePiece vocabulary is (the numbers are those of the file).</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A token of a SentencePiece vocabulary.</summary>
internal readonly record struct ScoredPiece(string Text, float Score, PieceKind Kind);

/// <summary>A SentencePiece <c>.model</c> file, as far as tokenizers are made from it (sentencepiece_model.proto).</summary>
internal sealed class SentencePieceModel
{
    /// <summary>Longest piece in UTF-16 units; SentencePiece itself stops at 16 unless told otherwise.</summary>
    private const int MaxPieceLength = 1024;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SentencePieceModel(string name) => Name = name;

    /// <summary>How errors call the file.</summary>
    public string Name { get; }

    public List<ScoredPiece> Pieces { get; } = [];

    /// <summary>Byte pair encoding, rather than the unigram language model.</summary>
    public bool IsBpe { get; private set; }

    public bool ByteFallback { get; private set; }

    public int UnknownId { get; private set; }

    /// <summary>The normalizer's table, empty if it has none.</summary>
    public byte[] CharsMap { get; private set; } = [];

    public static SentencePieceModel Read(ReadOnlySpan<byte> bytes, string name)
    {
        SentencePieceModel model = new(name);
        ProtoReader reader = new(bytes, name);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    model.Pieces.Add(model.ReadPiece(reader.Bytes()));
                    break;
                case 2:
                    model.ReadTrainer(reader.Bytes());
                    break;
                case 3:
                    model.ReadNormalizer(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (model.Pieces.Count == 0)
            throw new InvalidDataException($"{name}: no sound SentencePiece model: it has no pieces.");
        if (model.UnknownId >= model.Pieces.Count)
            throw new InvalidDataException($"{name}: the unknown piece is number {model.UnknownId} of {model.Pieces.Count}.");
        return model;
    }

    private ScoredPiece ReadPiece(ReadOnlySpan<byte> bytes)
    {
        string text = "";
        float score = 0;
        PieceKind kind = PieceKind.Normal;
        ProtoReader reader = new(bytes, Name);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    text = ReadText(reader.Bytes());
                    break;
                case 2:
                    score = reader.Float();
                    break;
                case 3:
                    kind = ReadKind(reader.Number());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (!float.IsFinite(score))
            throw new InvalidDataException($"{Name}: the score of piece {Pieces.Count} is no number.");
        return text.Length <= MaxPieceLength
            ? new ScoredPiece(text, score, kind)
            : throw new InvalidDataException($"{Name}: piece {Pieces.Count} is longer than {MaxPieceLength} characters.");
    }

    private PieceKind ReadKind(long value) => value is >= (int)PieceKind.Normal and <= (int)PieceKind.Byte
        ? (PieceKind)value
        : throw new InvalidDataException($"{Name}: piece {Pieces.Count} is of the unknown kind {value}.");

    private string ReadText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{Name}: piece {Pieces.Count} is no UTF-8.", e);
        }
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        ProtoReader reader = new(bytes, Name);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 3:
                    IsBpe = reader.Number() switch
                    {
                        1 => false,
                        2 => true,
                        var kind => throw new InvalidDataException(
                            $"{Name}: SentencePiece models of kind {kind} are not supported; supported: 1 (unigram), 2 (BPE)."),
                    };
                    break;
                case 35:
                    ByteFallback = reader.Flag();
                    break;
                case 40:
                    UnknownId = reader.Number() is var id and >= 0 and <= int.MaxValue
                        ? (int)id
                        : throw new InvalidDataException($"{Name}: the model has no unknown piece.");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        ProtoReader reader = new(bytes, Name);
        while (reader.Next(out int field))
        {
            if (field == 2)
                CharsMap = reader.Bytes().ToArray();
            else
                reader.Skip();
        }
    }
}
