namespace PeftSharp.Data;

/// <summary>
/// A batch as flat row-major arrays of shape [<see cref="Rows"/>, <see cref="Width"/>], which <see cref="Collator"/> fills.
/// The arrays grow and are never given back, so one object serves a whole run without allocating; what it holds is valid
/// until it is filled again.
/// </summary>
public sealed class PaddedBatch
{
    private long[] _inputIds = [], _mask = [], _typeIds = [], _labels = [], _ends = [];
    private float[] _values = [];
    private int _labelCount, _endCount, _valueCount;

    /// <summary>The number of examples.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of tokens a row, padding included.</summary>
    public int Width { get; private set; }

    /// <summary>Token ids [Rows, Width].</summary>
    public Memory<long> InputIds => _inputIds.AsMemory(0, Rows * Width);

    /// <summary>1 for a token, 0 for padding [Rows, Width].</summary>
    public Memory<long> AttentionMask => _mask.AsMemory(0, Rows * Width);

    /// <summary>Segments [Rows, Width]; 0 where an example has none.</summary>
    public Memory<long> TypeIds => _typeIds.AsMemory(0, Rows * Width);

    /// <summary>True if an example of the batch gives segments; otherwise <see cref="TypeIds"/> is all 0.</summary>
    public bool HasTypeIds { get; private set; }

    /// <summary>The labels: classes [Rows], tokens or texts to write [Rows, <see cref="LabelWidth"/>] with −100 on padding, or starts of spans [Rows]; empty for other labels or none.</summary>
    public Memory<long> Labels => _labels.AsMemory(0, _labelCount);

    /// <summary>The labels a row: <see cref="Width"/> for those of tokens, the longest text to write; 0 for other labels.</summary>
    public int LabelWidth { get; private set; }

    /// <summary>The ends of spans [Rows]; empty for other labels.</summary>
    public Memory<long> SpanEnds => _ends.AsMemory(0, _endCount);

    /// <summary>Regression targets [Rows], or 0 and 1 for each label [Rows, <see cref="LabelCount"/>]; empty for other labels.</summary>
    public Memory<float> Values => _values.AsMemory(0, _valueCount);

    /// <summary>How many labels may hold for a row; 0 where a row has one label or none.</summary>
    public int LabelCount { get; private set; }

    /// <summary>Tokens without padding.</summary>
    public int TokenCount { get; private set; }

    internal void Shape(int rows, int width, int written, int tokenCount, bool hasTypeIds, ExampleLabel? label)
    {
        int size = checked(rows * width);
        (Rows, Width, TokenCount, HasTypeIds) = (rows, width, tokenCount, hasTypeIds);
        LabelWidth = label switch { ExampleLabel.Tokens => width, ExampleLabel.Text => written, _ => 0 };
        _labelCount = label is ExampleLabel.Class or ExampleLabel.Span ? rows : checked(rows * LabelWidth);
        _endCount = label is ExampleLabel.Span ? rows : 0;
        LabelCount = label is ExampleLabel.Flags flags ? flags.Holds.Length : 0;
        _valueCount = label is ExampleLabel.Value ? rows : checked(rows * LabelCount);
        Grow(ref _inputIds, size);
        Grow(ref _mask, size);
        Grow(ref _typeIds, size);
        Grow(ref _labels, _labelCount);
        Grow(ref _ends, _endCount);
        Grow(ref _values, _valueCount);
    }

    private static void Grow<T>(ref T[] array, int size)
    {
        if (array.Length < size)
            array = new T[Math.Max(size, (int)Math.Min(2L * array.Length, Array.MaxLength))];
    }
}
