using System.Buffers;
using System.Globalization;

namespace PeftSharp.Adapters;

/// <summary>
/// Which adapters are active in a call, and how they work together: an immutable value given with the call, so that threads
/// with different adapters share one model. Compositions nest; a name stands for its adapter.
/// </summary>
/// <example><code>
/// Composition.Stack("language", Composition.Fuse("sst2", "mnli"))
/// </code></example>
public sealed class Composition : IEquatable<Composition>
{
    /// <summary>The name by which a row of a mixed batch asks for the bare base (HF's <c>__base__</c>).</summary>
    public const string BaseName = "__base__";

    // What a name in a composition's text has to be quoted for.
    private static readonly SearchValues<char> _special = SearchValues.Create("(),\"=\\");

    private readonly string _text;

    private Composition(CompositionKind kind, IReadOnlyList<Composition> children, IReadOnlyList<double>? numbers = null, string? name = null)
    {
        Kind = kind;
        Children = children;
        Numbers = numbers ?? [];
        Name = name;
        _text = Write();
    }

    /// <summary>The bare base model.</summary>
    public static Composition None { get; } = new(CompositionKind.Stack, []);

    internal CompositionKind Kind { get; }

    internal IReadOnlyList<Composition> Children { get; }

    /// <summary>Weights of an average; sizes of splits.</summary>
    internal IReadOnlyList<double> Numbers { get; }

    /// <summary>The adapter of a single one; the fusion's of <see cref="Fuse(string[])"/>.</summary>
    internal string? Name { get; }

    /// <summary>The names of all adapters in it, fusions included, in their order, each once.</summary>
    public IEnumerable<string> Names =>
        Children.SelectMany(child => child.Names).Concat(Name is null ? [] : [Name]).Distinct(StringComparer.Ordinal);

    /// <summary>One adapter.</summary>
    public static Composition Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name == BaseName ? None : new(CompositionKind.Single, [], name: name);
    }

    /// <summary>One adapter.</summary>
    public static implicit operator Composition(string name) => Of(name);

    /// <summary>Several adapters at once, see <see cref="Stack"/>.</summary>
    public static Composition Stacked(params string[] names) => Stack([.. names.Select(Of)]);

    /// <summary>
    /// Several at once: each works on what the ones before it made. LoRA deltas add up; a bottleneck adapter gets the
    /// output of the one before it; of two copies of a parameter the later one stands.
    /// </summary>
    public static Composition Stack(params Composition[] children) => children is [var only] ? only : new(CompositionKind.Stack, [.. children]);

    /// <summary>A mixed batch: row i uses the i-th adapter, or none for <see cref="BaseName"/>.</summary>
    public static Composition ByRow(params string[] names) => ByRows([.. names.Select(Of)]);

    /// <summary>A mixed batch: row i uses the i-th composition.</summary>
    public static Composition ByRows(IReadOnlyList<Composition> rows) => new(CompositionKind.Rows, [.. rows]);

    /// <summary>
    /// The whole batch once for each child: of n children and a batch of B the output has n·B rows, the first B of them the
    /// first child's. Only for <see cref="PeftModel.Forward"/>.
    /// </summary>
    public static Composition Parallel(params Composition[] children) => new(CompositionKind.Parallel, Several("Parallel", children));

    /// <summary>The first rows of the batch for the first child, the next for the second, and so on.</summary>
    /// <param name="sizes">The number of rows of each child; they must add up to the batch.</param>
    /// <param name="children">The children.</param>
    public static Composition BatchSplit(IReadOnlyList<int> sizes, params Composition[] children) =>
        new(CompositionKind.BatchSplit, Several("BatchSplit", children), Sizes("BatchSplit", sizes, children));

    /// <summary>The first positions of each sequence for the first child, the next for the second; bottleneck adapters only.</summary>
    /// <param name="sizes">The number of positions of each child; they must add up to the length.</param>
    /// <param name="children">The children.</param>
    public static Composition Split(IReadOnlyList<int> sizes, params Composition[] children) =>
        new(CompositionKind.Split, Several("Split", children), Sizes("Split", sizes, children));

    /// <summary>The mean of the children's outputs at every place.</summary>
    public static Composition Average(params Composition[] children) => Average(null, children);

    /// <summary>The weighted mean of the children's outputs at every place.</summary>
    /// <param name="weights">One for each child, scaled here to sum up to 1; null weighs all alike.</param>
    /// <param name="children">The children.</param>
    public static Composition Average(IReadOnlyList<double>? weights, params Composition[] children)
    {
        Several("Average", children);
        weights ??= [.. children.Select(_ => 1.0)];
        double sum = weights.Sum();
        if (weights.Count != children.Length || !double.IsFinite(sum) || sum == 0)
            throw new ArgumentException($"Average needs a weight for each of its {children.Length} children, with a sum other than 0.", nameof(weights));
        return new(CompositionKind.Average, [.. children], [.. weights.Select(weight => weight / sum)]);
    }

    /// <summary>
    /// AdapterFusion: the adapters work side by side and a trained attention mixes them. The fusion itself is an adapter of
    /// the model, named after them as in <c>a,b</c>.
    /// </summary>
    public static Composition Fuse(params string[] names) => FuseBy(string.Join(',', names), names);

    /// <summary><see cref="Fuse(string[])"/> with a fusion of another name.</summary>
    public static Composition FuseBy(string fusion, params string[] names) =>
        new(CompositionKind.Fuse, Several("Fuse", [.. names.Select(Of)]), name: fusion);

    /// <summary>True for compositions of the same kind, children and numbers.</summary>
    public static bool operator ==(Composition? left, Composition? right) => left is null ? right is null : left.Equals(right);

    /// <summary>The opposite of ==.</summary>
    public static bool operator !=(Composition? left, Composition? right) => !(left == right);

    /// <inheritdoc/>
    public bool Equals(Composition? other) => other is not null && other._text == _text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Composition);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The composition as its constructor is written, such as <c>Stack(a, Fuse(b, c))</c>.</summary>
    public override string ToString() => _text;

    /// <summary>The same kind of composition of other children.</summary>
    internal Composition With(IReadOnlyList<Composition> children) => new(Kind, children, Numbers, Name);

    private string Write()
    {
        if (Kind == CompositionKind.Single)
            return Name!.AsSpan().IndexOfAny(_special) < 0 ? Name! : $"\"{Name!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        string numbers = Numbers.Count == 0 ? "" : $", [{string.Join(", ", Numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]";
        string by = Name is null ? "" : $", by={Of(Name)}";
        return $"{Kind}({string.Join(", ", Children)}{numbers}{by})";
    }

    private static Composition[] Several(string kind, Composition[] children) =>
        children.Length > 0 ? [.. children] : throw new ArgumentException($"{kind} needs at least one adapter.", nameof(children));

    private static double[] Sizes(string kind, IReadOnlyList<int> sizes, Composition[] children)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        if (sizes.Count != children.Length || sizes.Any(size => size < 1))
            throw new ArgumentException($"{kind} needs a size of at least 1 for each of its {children.Length} children.", nameof(sizes));
        return [.. sizes.Select(size => (double)size)];
    }
}

/// <summary>The ways in which adapters work together.</summary>
internal enum CompositionKind
{
    Single,
    Stack,
    Rows,
    Parallel,
    BatchSplit,
    Split,
    Average,
    Fuse,
}
