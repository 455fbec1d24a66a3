using PeftSharp.Models.Slots;

namespace PeftSharp.Models.Blocks;

/// <summary>How many virtual tokens a plan has.</summary>
internal readonly record struct VirtualCounts
{
    /// <summary>Keys and values that a layer has at most.</summary>
    public int KeyValues { get; private init; }

    /// <summary>Rows of the sequence besides its tokens.</summary>
    public int Embedded { get; private init; }

    /// <summary>Those of them that stand in front of the token embeddings.</summary>
    public int Words { get; private init; }

    /// <summary>Those of them that stand behind the first row of the sequence.</summary>
    public int BehindFirst { get; private init; }

    /// <summary>The positions that all take together.</summary>
    public int Positions { get; private init; }

    /// <summary>True where the first row of the sequence is a token, and rows stand between it and the next.</summary>
    public bool FirstTokenLeads => BehindFirst > 0 && BehindFirst == Embedded;

    /// <summary>Those of the tuners of a plan.</summary>
    public static VirtualCounts Of(IReadOnlyList<IFrontTuner> front, IReadOnlyList<IAttentionTuner> attention)
    {
        int words = At(FrontPlace.TokenEmbeddings);
        int behind = At(FrontPlace.BehindFirst);
        return new()
        {
            KeyValues = attention.Sum(tuner => tuner.Count),
            Embedded = words + behind + At(FrontPlace.Finished),
            Words = words,
            BehindFirst = behind,
            Positions = words + attention.Where(tuner => tuner.TakesPositions).Sum(tuner => tuner.Count),
        };

        int At(FrontPlace place) => front.Where(tuner => tuner.Place == place).Sum(tuner => tuner.Count);
    }

    /// <summary>The larger of each.</summary>
    public VirtualCounts Max(VirtualCounts other) => new()
    {
        KeyValues = Math.Max(KeyValues, other.KeyValues),
        Embedded = Math.Max(Embedded, other.Embedded),
        Words = Math.Max(Words, other.Words),
        BehindFirst = Math.Max(BehindFirst, other.BehindFirst),
        Positions = Math.Max(Positions, other.Positions),
    };
}
