namespace PeftSharp.Text.Pipeline;

/// <summary>The buffers of one thread's encoding, kept from call to call.</summary>
internal sealed class EncodeWorkspace
{
    private const int KeptCapacity = 1 << 18;

    [ThreadStatic]
    private static EncodeWorkspace? t_mine;

    private EncodeWorkspace() => Pieces = new PieceBuffer(Text);

    public static EncodeWorkspace Mine => t_mine ??= new EncodeWorkspace();

    public NormalizedText Text { get; } = new();

    public PieceBuffer Pieces { get; }

    /// <summary>Added tokens found in the raw text.</summary>
    public List<AddedTokenMatch> RawMatches { get; } = [];

    /// <summary>Added tokens found in a stretch of the normalized text.</summary>
    public List<AddedTokenMatch> Matches { get; } = [];

    public TokenBuffer First { get; } = new();

    public TokenBuffer Second { get; } = new();

    /// <summary>Gives memory back after an unusually long text.</summary>
    public void Trim()
    {
        Text.Trim(KeptCapacity);
        Pieces.Trim(KeptCapacity);
        First.Trim(KeptCapacity);
        Second.Trim(KeptCapacity);
    }
}
