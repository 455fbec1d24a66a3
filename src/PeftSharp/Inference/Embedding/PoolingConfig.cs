using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Inference.Embedding;

/// <summary>How the states of tokens become one vector.</summary>
internal enum PoolingMode
{
    FirstToken,
    Max,
    Mean,
    MeanSqrtLength,
    WeightedMean,
    LastToken,
}

/// <summary>What the files of a sentence-transformers folder say of its embeddings.</summary>
/// <param name="Modes">How tokens are pooled; several are laid end to end.</param>
/// <param name="Normalize">Whether vectors are brought to length 1.</param>
/// <param name="MaxLength">The most tokens, or null.</param>
/// <param name="LowerCase">Whether texts are written in lower case before the tokenizer sees them.</param>
internal sealed record PoolingConfig(IReadOnlyList<PoolingMode> Modes, bool Normalize, int? MaxLength, bool LowerCase)
{
    // In the order in which several are laid end to end.
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
    public static PoolingConfig Default { get; } = new([PoolingMode.Mean], Normalize: false, MaxLength: null, LowerCase: false);

    /// <summary>Reads <c>modules.json</c> and the files it leads to; the default where the folder has none.</summary>
    /// <exception cref="PeftException">A file is not sound, or names a module that is not supported.</exception>
    public static PoolingConfig Load(string folder)
    {
        string modules = Path.Combine(folder, "modules.json");
        if (!File.Exists(modules))
            return Default;
        PoolingConfig config = Default;
        foreach ((string type, string path) in Modules(modules))
        {
            string name = type[(type.LastIndexOf('.') + 1)..];
            config = name switch
            {
                "Transformer" => config.WithTransformer(Inside(folder, path, modules)),
                "Pooling" => config with { Modes = PoolingOf(Path.Combine(Inside(folder, path, modules), "config.json")) },
                "Normalize" => config with { Normalize = true },
                _ => throw new PeftException($"{modules}: the module {type} is not supported; Transformer, Pooling and Normalize are."),
            };
        }
        return config;
    }

    private static List<(string Type, string Path)> Modules(string file)
    {
        // The file is an array; as the value of a key it is read like any other setting.
        JsonSettings settings = JsonSettings.Parse($"{{\"modules\":{File.ReadAllText(file)}}}", file);
        if (settings.Raw("modules") is not { ValueKind: JsonValueKind.Array } array)
            throw new PeftException($"{file}: expected a JSON array of modules.");
        List<(string, string)> modules = [];
        foreach (JsonElement element in array.EnumerateArray())
        {
            JsonSettings module = JsonSettings.Parse(element.GetRawText(), file);
            modules.Add((module.Text("type"), module.Text("path", "")));
        }
        return modules;
    }

    private static string Inside(string folder, string path, string file)
    {
        string root = Path.GetFullPath(folder);
        string full = Path.GetFullPath(Path.Combine(root, path));
        return full == root || full.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new PeftException($"{file}: the path '{path}' leads out of the model's folder.");
    }

    private PoolingConfig WithTransformer(string folder)
    {
        string path = Path.Combine(folder, "sentence_bert_config.json");
        if (!File.Exists(path))
            return this;
        JsonSettings settings = JsonSettings.Load(path);
        return this with
        {
            MaxLength = settings.Has("max_seq_length") ? settings.Size("max_seq_length") : null,
            LowerCase = settings.Flag("do_lower_case", false),
        };
    }

    private static PoolingMode[] PoolingOf(string path)
    {
        JsonSettings settings = JsonSettings.Load(path);
        if (settings.Has("pooling_mode"))
        {
            IReadOnlyList<string> names = settings.Raw("pooling_mode")!.Value.ValueKind == JsonValueKind.String
                ? [settings.Text("pooling_mode")]
                : settings.Names("pooling_mode")!;
            return [.. names.Select(name => _modes.Where(mode => mode.Name == name).Select(mode => (PoolingMode?)mode.Mode).FirstOrDefault()
                ?? throw settings.Wrong("pooling_mode", $"of {string.Join(", ", _modes.Select(mode => mode.Name))}"))];
        }
        PoolingMode[] chosen = [.. _modes.Where(mode => settings.Flag(mode.Key, mode.Mode == PoolingMode.Mean)).Select(mode => mode.Mode)];
        return chosen.Length > 0 ? chosen : throw new PeftException($"{path}: no pooling_mode is true.");
    }
}
