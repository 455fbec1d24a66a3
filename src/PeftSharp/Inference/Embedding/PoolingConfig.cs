using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Inference.Embedding;

/// <summary>What the <c>config.json</c> of a Pooling module says.</summary>
/// <param name="Modes">How tokens are pooled; several are laid end to end.</param>
/// <param name="IncludePrompt">Whether the tokens of a prompt are pooled with those of the text.</param>
internal sealed record PoolingConfig(IReadOnlyList<PoolingMode> Modes, bool IncludePrompt)
{
    // In the order in which several flags are laid end to end.
    private static readonly (string Key, string Name, PoolingMode Mode)[] _modes =
    [
        ("pooling_mode_cls_token", "cls", PoolingMode.FirstToken),
        ("pooling_mode_max_tokens", "max", PoolingMode.Max),
        ("pooling_mode_mean_tokens", "mean", PoolingMode.Mean),
        ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", PoolingMode.MeanSqrtLength),
        ("pooling_mode_weightedmean_tokens", "weightedmean", PoolingMode.WeightedMean),
        ("pooling_mode_lasttoken", "lasttoken", PoolingMode.LastToken),
    ];

    /// <summary>What holds for a folder that says nothing: the mean of the tokens.</summary>
    public static PoolingConfig Default { get; } = new([PoolingMode.Mean], IncludePrompt: true);

    /// <summary>Reads the file.</summary>
    /// <exception cref="PeftException">It is not sound, or asks for a mode that does not exist.</exception>
    public static PoolingConfig Load(string path)
    {
        JsonSettings settings = JsonSettings.Load(path);
        return new(Chosen(settings), settings.Flag("include_prompt", true));
    }

    private static PoolingMode[] Chosen(JsonSettings settings)
    {
        if (!settings.Has("pooling_mode"))
        {
            PoolingMode[] flagged = [.. _modes.Where(mode => settings.Flag(mode.Key, mode.Mode == PoolingMode.Mean)).Select(mode => mode.Mode)];
            return flagged.Length > 0 ? flagged : throw new PeftException($"{settings.Source}: no pooling_mode is true.");
        }
        IReadOnlyList<string> names = settings.Raw("pooling_mode")!.Value.ValueKind == JsonValueKind.String
            ? [settings.Text("pooling_mode")]
            : settings.Names("pooling_mode")!;
        return names.Count > 0 ? [.. names.Select(name => Named(settings, name))] : throw new PeftException($"{settings.Source}: pooling_mode is empty.");
    }

    private static PoolingMode Named(JsonSettings settings, string name) =>
        _modes.Where(mode => mode.Name == name).Select(mode => (PoolingMode?)mode.Mode).FirstOrDefault()
        ?? throw settings.Wrong("pooling_mode", $"of {string.Join(", ", _modes.Select(mode => mode.Name))}");
}
