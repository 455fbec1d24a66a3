namespace PeftSharp.Workflows.Configuration;

/// <summary>The keys of <c>peft:</c> that only REFT has.</summary>
internal static class ReftKeys
{
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Key("layers", ConfigKind.FreeList, "numbers of the layers that REFT works behind; unset: all"),
        Key("prefix_positions", ConfigKind.Free, "tokens at the start that REFT changes; unset: 3"),
        Key("suffix_positions", ConfigKind.Free, "tokens at the end that REFT changes; unset: 0"),
        Key("orthogonality", ConfigKind.Flag, "keep the rows of REFT's projection orthonormal; unset: true"),
        Key("subtract_projection", ConfigKind.Flag, "REFT takes the projected state off; unset: true (false is DiReFT)"),
        Key("tied_weights", ConfigKind.Flag, "one REFT unit for start and end; unset: false"),
        Key("dtype", ConfigKind.Free, ""),
        Key("output_reft", ConfigKind.Free, ""),
        Key("orthogonal_base", ConfigKind.Free, ""),
    ];

    private static ConfigKey Key(string name, ConfigKind kind, string help) => new(ConfigKeys.Peft, name, kind, null, help);
}
