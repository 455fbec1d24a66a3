namespace PeftSharp.Text.Pipeline;

/// <summary>A stretch of the normalized text; <see cref="TokenId"/> is −1, or the added token that it already is.</summary>
internal readonly record struct Piece(int Start, int Length, int TokenId = Piece.NoToken)
{
    public const int NoToken = -1;

    public bool IsToken => TokenId >= 0;
}

/// <summary>
/// The pieces of one text while pre-tokenizers cut them. A pass is
/// <code>
/// pieces.BeginPass();
/// while (pieces.Next(out var text))
///     pieces.Add(start, length);              // positions in text; empty pieces vanish
/// </code>
/// and a pass that also changes the text starts with <see cref="BeginRewrite"/>, writes with <see cref="Emit"/> and ends
/// each new piece with <see cref="ClosePiece"/>. Added tokens pass through by themselves.
/// </summary>
internal sealed class PieceBuffer
{
    private Piece[] _current = new Piece[64];
    private Piece[] _next = new Piece[64];
    private int _nextCount;
    private int _at;
    private Piece _piece;
    private bool _rewriting;
    private int _opened;

    public PieceBuffer(NormalizedText text) => Text = text;

    public NormalizedText Text { get; }

    public int Count { get; private set; }

    public Piece this[int index] => _current[index];

    public ReadOnlySpan<char> CharsOf(Piece piece) => Text.Chars.Slice(piece.Start, piece.Length);

    /// <summary>Where the piece handed out by <see cref="Next"/> starts in the original text.</summary>
    public int OriginalStart => Text.OriginalStart(_piece.Start);

    /// <summary>Where the piece handed out by <see cref="Next"/> starts in <see cref="Text"/>.</summary>
    public int PieceStart => _piece.Start;

    public void Clear() => Count = 0;

    /// <summary>Adds a piece before any pass has begun.</summary>
    public void AddInitial(Piece piece)
    {
        if (piece.Length <= 0)
            return;
        if (Count == _current.Length)
            Array.Resize(ref _current, Count * 2);
        _current[Count++] = piece;
    }

    public void BeginPass() => Begin(rewriting: false);

    public void BeginRewrite() => Begin(rewriting: true);

    /// <summary>The next piece to cut, or false at the end of the pass, which then has taken effect.</summary>
    public bool Next(out ReadOnlySpan<char> text)
    {
        while (++_at < Count)
        {
            _piece = _current[_at];
            if (!_piece.IsToken)
            {
                text = CharsOf(_piece);
                return true;
            }
            PassToken();
        }
        text = default;
        End();
        return false;
    }

    public void Add(int start, int length)
    {
        if (length > 0)
            Push(new Piece(_piece.Start + start, length));
    }

    public void Emit(char c, int sourceStart, int sourceEnd) =>
        Text.Emit(c, _piece.Start + sourceStart, _piece.Start + sourceEnd);

    public void Keep(int start, int length) => Text.Keep(_piece.Start + start, length);

    /// <inheritdoc cref="NormalizedText.KeepForEdit"/>
    public Span<char> KeepForEdit(int start, int length) => Text.KeepForEdit(_piece.Start + start, length);

    public void ClosePiece()
    {
        if (Text.EditedLength > _opened)
            Push(new Piece(_opened, Text.EditedLength - _opened));
        _opened = Text.EditedLength;
    }

    /// <summary>Gives memory back after an unusually long text.</summary>
    public void Trim(int capacity)
    {
        if (Math.Max(_current.Length, _next.Length) <= capacity)
            return;
        _current = new Piece[64];
        _next = new Piece[64];
        Count = _nextCount = 0;
    }

    private void Begin(bool rewriting)
    {
        _at = -1;
        _nextCount = 0;
        _rewriting = rewriting;
        _opened = 0;
    }

    private void PassToken()
    {
        if (!_rewriting)
        {
            Push(_piece);
            return;
        }
        Text.Keep(_piece.Start, _piece.Length);
        Push(new Piece(_opened, _piece.Length, _piece.TokenId));
        _opened = Text.EditedLength;
    }

    private void Push(Piece piece)
    {
        if (_nextCount == _next.Length)
            Array.Resize(ref _next, _nextCount * 2);
        _next[_nextCount++] = piece;
    }

    private void End()
    {
        (_current, _next) = (_next, _current);
        Count = _nextCount;
        if (_rewriting)
            Text.Commit();
    }
}
