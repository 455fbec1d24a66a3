using System.Runtime.CompilerServices;

namespace PeftSharp.Text.Pipeline;

/// <summary>
/// The tokens of one sequence, before special tokens. A model adds tokens with positions in the piece it was given;
/// <see cref="PlaceFrom"/> turns them into positions of the original text.
/// </summary>
internal sealed class TokenBuffer
{
    private int[] _ids = new int[128];
    private int[] _starts = new int[128];
    private int[] _ends = new int[128];
    private int[] _words = new int[128];
    private readonly List<(int Index, string Text)> _literals = [];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    public Span<int> Starts => _starts.AsSpan(0, Count);

    public Span<int> Ends => _ends.AsSpan(0, Count);

    public ReadOnlySpan<int> Words => _words.AsSpan(0, Count);

    /// <summary>Tokens whose text is what was matched rather than what the vocabulary has, by ascending index.</summary>
    public IReadOnlyList<(int Index, string Text)> Literals => _literals;

    public void Clear()
    {
        Count = 0;
        _literals.Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        if (Count == _ids.Length)
            Grow();
        _ids[Count] = id;
        _starts[Count] = start;
        _ends[Count++] = end;
    }

    public void AddLiteral(int id, int start, int end, string text)
    {
        _literals.Add((Count, text));
        Add(id, start, end);
    }

    /// <summary>Sets word index and original positions of the tokens added since <paramref name="first"/>.</summary>
    public void PlaceFrom(int first, NormalizedText text, int pieceStart, int word)
    {
        for (int i = first; i < Count; i++)
        {
            _words[i] = word;
            (_starts[i], _ends[i]) = _starts[i] < _ends[i]
                ? (text.OriginalStart(pieceStart + _starts[i]), text.OriginalEnd(pieceStart + _ends[i] - 1))
                : (0, 0);
        }
    }

    /// <summary>Takes back the tokens added since <paramref name="first"/>.</summary>
    public void RemoveFrom(int first) => Count = first;

    public void Trim(int capacity)
    {
        if (_ids.Length <= capacity)
            return;
        _ids = new int[128];
        _starts = new int[128];
        _ends = new int[128];
        _words = new int[128];
        Clear();
    }

    private void Grow()
    {
        int size = Count * 2;
        Array.Resize(ref _ids, size);
        Array.Resize(ref _starts, size);
        Array.Resize(ref _ends, size);
        Array.Resize(ref _words, size);
    }
}
