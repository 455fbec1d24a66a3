namespace PeftSharp.Adapters;

/// <summary>
/// Which adapters are active in a call: an immutable value given with the call, so that threads with different
/// adapters share one model.
/// </summary>
public abstract record Composition
{
    /// <summary>The name by which a row of a mixed batch asks for the bare base (HF's <c>__base__</c>).</summary>
    public const string BaseName = "__base__";

    private protected Composition()
    {
    }

    /// <summary>The bare base model.</summary>
    public static Composition None { get; } = new Stack([]);

    /// <summary>One adapter.</summary>
    public static Composition Of(string name) => new Stack([name]);

    /// <summary>Several adapters at once: each wraps the ones before it, so LoRA deltas add up.</summary>
    public static Composition Stacked(params string[] names) => new Stack([.. names]);

    /// <summary>A mixed batch: row i uses the i-th adapter, or none for <see cref="BaseName"/>.</summary>
    public static Composition ByRow(params string[] names) => new Rows([.. names]);

    /// <summary>Adapters active together, innermost first.</summary>
    internal sealed record Stack(IReadOnlyList<string> Names) : Composition
    {
        public bool Equals(Stack? other) => other is not null && Names.SequenceEqual(other.Names);

        public override int GetHashCode() => Names.Aggregate(17, HashCode.Combine);
    }

    /// <summary>One adapter a row.</summary>
    internal sealed record Rows(IReadOnlyList<string> Names) : Composition
    {
        public bool Equals(Rows? other) => other is not null && Names.SequenceEqual(other.Names);

        public override int GetHashCode() => Names.Aggregate(19, HashCode.Combine);
    }
}
