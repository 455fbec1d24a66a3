using PeftSharp.Adapters;

namespace PeftSharp.Methods.Reft;

/// <summary>The keys that a configuration file may have for REFT; AdapterHub's names and defaults. A key without help is only taken along.</summary>
internal static class ReftKeys
{
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        new("layers", null, "numbers of the layers that REFT works behind; unset: all", IsList: true),
        new("prefix_positions", null, "tokens at the start that REFT changes; unset: 3"),
        new("suffix_positions", null, "tokens at the end that REFT changes; unset: 0"),
        new("orthogonality", null, "keep the rows of REFT's projection orthonormal; unset: true"),
        new("subtract_projection", null, "REFT takes the projected state off; unset: true (false is DiReFT)"),
        new("tied_weights", null, "one REFT unit for start and end; unset: false"),
        new("dtype", null, ""),
        new("output_reft", null, ""),
        new("orthogonal_base", null, ""),
    ];
}
