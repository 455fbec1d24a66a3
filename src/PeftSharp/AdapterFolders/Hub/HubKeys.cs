using System.Text.RegularExpressions;

namespace PeftSharp.AdapterFolders.Hub;

/// <summary>
/// The names of tensors in AdapterHub's files: ours with the adapter's name after the module that holds adapters by name,
/// <c>….output.adapters.NAME.adapter_up.weight</c> for our <c>base_model.model.….output.adapters.adapter_up.weight</c>.
/// </summary>
internal static partial class HubKeys
{
    private const string OurPrefix = "base_model.model.";

    /// <summary>Modules that a file may name a tensor by besides the place where we keep it.</summary>
    private static readonly string[] _aliases = [".prefix_tuning.pool.", ".adapter_norm_before."];

    /// <summary>True for a second name of a tensor that has a first one too.</summary>
    public static bool IsAlias(string hubKey) => _aliases.Any(alias => hubKey.Contains(alias, StringComparison.Ordinal));

    /// <summary>Our key of a tensor.</summary>
    /// <param name="hubKey">Its name in the file.</param>
    /// <param name="adapter">The adapter's name in the file.</param>
    /// <param name="familyPrefixes">What may stand before the backbone's names in a task model, such as <c>bert.</c></param>
    /// <param name="modelPrefix">What stands there in this model: the same, or nothing for a bare backbone.</param>
    public static string ToOurs(string hubKey, string adapter, IReadOnlyList<string> familyPrefixes, string modelPrefix)
    {
        string bare = hubKey[(familyPrefixes.FirstOrDefault(prefix => hubKey.StartsWith(prefix, StringComparison.Ordinal))?.Length ?? 0)..];
        Match holder = Holder().Match(bare);
        if (!holder.Success)
            return OurPrefix + hubKey;
        string rest = bare[(holder.Index + holder.Length)..];
        string named = $".{adapter}";
        if (rest == named || rest.StartsWith(named + '.', StringComparison.Ordinal))
            bare = bare[..(holder.Index + holder.Length)] + rest[named.Length..];
        return OurPrefix + modelPrefix + bare;
    }

    /// <summary>The name in a file, or null for a tensor that belongs to no adapter module: a head's.</summary>
    public static string? ToHub(string ourKey, string adapter)
    {
        string bare = ourKey[OurPrefix.Length..];
        Match holder = Holder().Match(bare);
        return holder.Success ? bare.Insert(holder.Index + holder.Length, $".{adapter}") : null;
    }

    /// <summary>The name of a head's tensor.</summary>
    public static string HeadName(string ourKey) => ourKey[OurPrefix.Length..];

    [GeneratedRegex(@"(?:^|(?<=\.))(?:adapters|loras|refts|shared_parameters|invertible_adapters|prefix_tunings|prefix_gates|prompt_tunings|adapter_fusion_layer)(?=\.|$)")]
    private static partial Regex Holder();
}
