using PeftSharp.IO;

namespace PeftSharp.Generation.Settings;

/// <summary>A key of Hugging Face's <c>GenerationConfig</c>, as files and flags write it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Placeholder">What stands for its value in help.</param>
/// <param name="Help">What it does.</param>
/// <param name="Read">The options with the key's value over them.</param>
public sealed record GenerationKey(
    string Name, string Placeholder, string Help, Func<GenerationOptions, JsonSettings, GenerationOptions> Read)
{
    /// <summary>True where a value is a list, so that a flag may leave out the brackets.</summary>
    public bool IsList { get; init; }

    /// <summary>True where a value is true or false, so that a bare flag means true.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>True where a value is a text, or several.</summary>
    public bool IsText { get; init; }

    /// <summary>True where the value only counts if tokens are drawn (<c>do_sample</c>).</summary>
    public bool IsOfDrawing { get; init; }

    /// <summary>True where the value only counts in beam search (<c>num_beams</c>).</summary>
    public bool IsOfBeams { get; init; }
}
