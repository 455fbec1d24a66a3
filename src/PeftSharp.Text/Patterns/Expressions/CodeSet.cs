namespace PeftSharp.Text.Patterns.Expressions;

/// <summary>A set of code points as ascending ranges that do not touch.</summary>
internal sealed class CodeSet
{
    public const int Last = 0x10FFFF;

    private readonly (int First, int Last)[] _ranges;

    private CodeSet((int, int)[] ranges) => _ranges = ranges;

    public static CodeSet Empty { get; } = new([]);

    public static CodeSet All { get; } = new([(0, Last)]);

    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    public static CodeSet Of(params ReadOnlySpan<int> codes)
    {
        List<(int, int)> ranges = [];
        foreach (int code in codes)
            ranges.Add((code, code));
        return Of(ranges);
    }

    public static CodeSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> joined = [];
        foreach ((int first, int last) in ranges.Order())
        {
            if (joined.Count > 0 && first <= joined[^1].Last + 1)
                joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, last));
            else
                joined.Add((first, last));
        }
        return new CodeSet([.. joined]);
    }

    public CodeSet Union(CodeSet other) => Of(_ranges.Concat(other._ranges));

    public CodeSet Negate()
    {
        List<(int, int)> gaps = [];
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next)
                gaps.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= Last)
            gaps.Add((next, Last));
        return new CodeSet([.. gaps]);
    }

    public CodeSet Intersect(CodeSet other) => Negate().Union(other.Negate()).Negate();

    public bool Contains(int code)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (code < _ranges[middle].First)
                high = middle - 1;
            else if (code > _ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }
        return false;
    }
}
