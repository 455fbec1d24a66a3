using System.Text.Json;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Generation;

/// <summary>What a model's files say of generation: <c>generation_config.json</c>, then the special tokens in <c>config.json</c>.</summary>
public static class GenerationFile
{
    private const string FileName = "generation_config.json";

    /// <summary>The options of a model, read from the folder it came from; those of its config where it came from none.</summary>
    /// <exception cref="PeftException">A value is of the wrong kind or out of its range; says file and key.</exception>
    public static GenerationOptions Of(BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        GenerationOptions options = new();
        if (model.Folder is { } folder && Path.Combine(folder, FileName) is var path && File.Exists(path))
            options = Read(JsonSettings.Load(path));
        return WithTokensOf(JsonSettings.Parse(model.Config.Json, model.Config.Source), options);
    }

    /// <summary>
    /// The options of a folder. Keys that PeftSharp has no use for are passed over: the file is of the model, not the user's.
    /// </summary>
    /// <exception cref="FileNotFoundException">The folder has neither file.</exception>
    /// <exception cref="PeftException">A value is of the wrong kind or out of its range; says file and key.</exception>
    public static GenerationOptions Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        string config = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
            return WithTokensOf(JsonSettings.Load(config), new());
        GenerationOptions options = Read(JsonSettings.Load(path));
        return File.Exists(config) ? WithTokensOf(JsonSettings.Load(config), options) : options;
    }

    /// <summary>Reads the keys of HF's <c>GenerationConfig</c>.</summary>
    /// <exception cref="PeftException">A value is of the wrong kind or out of its range; says file and key.</exception>
    public static GenerationOptions Read(JsonSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        GenerationOptions defaults = new();
        GenerationOptions options = new()
        {
            MaxNewTokens = settings.Size("max_new_tokens", defaults.MaxNewTokens),
            DoSample = settings.Flag("do_sample", defaults.DoSample),
            Temperature = settings.Number("temperature", defaults.Temperature),
            TopK = (int)Math.Min(settings.OptionalIndex("top_k") ?? defaults.TopK, int.MaxValue),
            TopP = settings.Number("top_p", defaults.TopP),
            MinP = settings.Number("min_p", defaults.MinP),
            RepetitionPenalty = settings.Number("repetition_penalty", defaults.RepetitionPenalty),
            NumBeams = settings.Size("num_beams", defaults.NumBeams),
            LengthPenalty = settings.Number("length_penalty", defaults.LengthPenalty),
            EarlyStopping = ReadEarlyStopping(settings),
            EosTokenIds = ReadIds(settings),
            PadTokenId = ReadId(settings, "pad_token_id"),
            BosTokenId = ReadId(settings, "bos_token_id"),
            StopStrings = ReadStopStrings(settings),
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException wrong)
        {
            throw new PeftException($"{settings.Source}: {wrong.Message}", wrong);
        }
        return options;
    }

    private static GenerationOptions WithTokensOf(JsonSettings config, GenerationOptions options) => options with
    {
        EosTokenIds = options.EosTokenIds ?? ReadIds(config),
        PadTokenId = options.PadTokenId ?? ReadId(config, "pad_token_id"),
        BosTokenId = options.BosTokenId ?? ReadId(config, "bos_token_id"),
    };

    private static int[]? ReadIds(JsonSettings settings) =>
        // −1 is how older files say "none".
        settings.Integers("eos_token_id")?.Where(id => id >= 0).ToArray();

    private static int? ReadId(JsonSettings settings, string key) =>
        settings.OptionalIndex(key) is { } id
            ? id <= int.MaxValue ? (int)id : throw settings.Wrong(key, "a token id")
            : null;

    private static EarlyStopping ReadEarlyStopping(JsonSettings settings) => settings.Raw("early_stopping") switch
    {
        null or { ValueKind: JsonValueKind.False } => EarlyStopping.Heuristic,
        { ValueKind: JsonValueKind.True } => EarlyStopping.Immediately,
        { ValueKind: JsonValueKind.String } text when text.GetString() == "never" => EarlyStopping.Never,
        _ => throw settings.Wrong("early_stopping", "true, false or \"never\""),
    };

    private static IReadOnlyList<string> ReadStopStrings(JsonSettings settings) => settings.Raw("stop_strings") switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        _ => settings.Names("stop_strings") ?? [],
    };
}
