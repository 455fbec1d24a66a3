namespace PeftSharp.Tensors.Gguf;

/// <summary>An array in the metadata of a GGUF file.</summary>
public sealed class GgufArray
{
    /// <param name="items">An array of one of the types of <see cref="GgufValueType"/>.</param>
    /// <exception cref="ArgumentException">The format has no such element type.</exception>
    public GgufArray(Array items)
    {
        ArgumentNullException.ThrowIfNull(items);
        ElementType = GgufValueTypes.Of(items.GetType().GetElementType()!)
            ?? throw new ArgumentException($"GGUF has no arrays of {items.GetType().GetElementType()}.", nameof(items));
        Items = items;
    }

    /// <summary>The type of every element.</summary>
    public GgufValueType ElementType { get; }

    /// <summary>The elements, a one-dimensional array of the .NET type that <see cref="ElementType"/> names.</summary>
    public Array Items { get; }

    /// <summary>The number of elements.</summary>
    public int Count => Items.Length;

    /// <inheritdoc />
    public override string ToString() => $"{Count} × {ElementType}";
}
