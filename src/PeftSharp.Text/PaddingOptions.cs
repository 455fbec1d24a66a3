namespace PeftSharp.Text;

/// <summary>How encodings are brought to one length.</summary>
public sealed record PaddingOptions
{
    /// <summary>The padding token's id.</summary>
    public required int PadId { get; init; }

    /// <summary>The padding token's text, as it shows in <see cref="Encoding.Tokens"/>.</summary>
    public string PadToken { get; init; } = "[PAD]";

    /// <summary>The type id of padding.</summary>
    public int PadTypeId { get; init; }

    /// <summary>The side on which padding stands.</summary>
    public TextSide Direction { get; init; }

    /// <summary>The length to pad to; null pads to the longest of the batch. A longer encoding stays as it is.</summary>
    public int? Length { get; init; }

    /// <summary>Rounds the length up to a multiple of this.</summary>
    public int? MultipleOf { get; init; }
}
