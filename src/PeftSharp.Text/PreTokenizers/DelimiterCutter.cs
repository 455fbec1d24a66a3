using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>What becomes of the delimiters at which a text is cut.</summary>
internal enum DelimiterBehavior
{
    Removed,
    Isolated,
    Contiguous,
    MergedWithPrevious,
    MergedWithNext,
}

/// <summary>
/// Takes stretches of a text, in order and without gaps, each a delimiter or not, and adds the pieces that follow from
/// the behavior. Ends with <see cref="Finish"/>.
/// </summary>
internal struct DelimiterCutter
{
    private readonly PieceBuffer _pieces;
    private readonly DelimiterBehavior _behavior;
    private int _start;
    private int _end;
    private bool _pending;
    private bool _lastIsDelimiter;

    public DelimiterCutter(PieceBuffer pieces, DelimiterBehavior behavior)
    {
        _pieces = pieces;
        _behavior = behavior;
    }

    public static DelimiterBehavior Read(JsonPart part) => part.Choice(
        ("Removed", DelimiterBehavior.Removed),
        ("Isolated", DelimiterBehavior.Isolated),
        ("Contiguous", DelimiterBehavior.Contiguous),
        ("MergedWithPrevious", DelimiterBehavior.MergedWithPrevious),
        ("MergedWithNext", DelimiterBehavior.MergedWithNext));

    /// <summary>A stretch; a delimiter may be empty.</summary>
    public void Add(int start, int length, bool isDelimiter)
    {
        bool joins = _pending && _behavior switch
        {
            DelimiterBehavior.Contiguous => isDelimiter == _lastIsDelimiter,
            DelimiterBehavior.MergedWithPrevious => isDelimiter && !_lastIsDelimiter,
            DelimiterBehavior.MergedWithNext => !isDelimiter && _lastIsDelimiter,
            _ => false,
        };
        if (!joins)
        {
            Finish();
            _start = start;
        }
        _end = start + length;
        _pending = true;
        _lastIsDelimiter = isDelimiter;
    }

    public void Finish()
    {
        if (_pending && !(_behavior == DelimiterBehavior.Removed && _lastIsDelimiter))
            _pieces.Add(_start, _end - _start);
        _pending = false;
    }
}
