using PeftSharp.Generation.Settings;
using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Generation;

/// <summary>What a model's files say of generation: <c>generation_config.json</c>, then the special tokens in <c>config.json</c>.</summary>
public static class GenerationFile
{
    private const string FileName = "generation_config.json";

    /// <summary>The options of a model, read from the folder it came from; those of its config where it came from none.</summary>
    /// <exception cref="PeftException">A value is of the wrong kind or out of its range, or changes the text in a way that PeftSharp does not know; says file and key.</exception>
    public static GenerationOptions Of(BaseModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        GenerationOptions options = PathIn(model.Folder) is { } path ? Read(JsonSettings.Load(path)) : new();
        return WithTokensOf(JsonSettings.Parse(model.Config.Json, model.Config.Source), options);
    }

    /// <summary>The options of a folder.</summary>
    /// <exception cref="FileNotFoundException">The folder has neither file.</exception>
    /// <exception cref="PeftException">A value is of the wrong kind or out of its range, or changes the text in a way that PeftSharp does not know; says file and key.</exception>
    public static GenerationOptions Load(string folder)
    {
        string config = Path.Combine(folder, "config.json");
        if (PathIn(folder) is not { } path)
            return WithTokensOf(JsonSettings.Load(config), new());
        GenerationOptions options = Read(JsonSettings.Load(path));
        return File.Exists(config) ? WithTokensOf(JsonSettings.Load(config), options) : options;
    }

    /// <summary>Reads the keys of HF's <c>GenerationConfig</c>.</summary>
    /// <exception cref="PeftException">A value is of the wrong kind or out of its range, or changes the text in a way that PeftSharp does not know; says file and key.</exception>
    public static GenerationOptions Read(JsonSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        OtherKeys.RefuseIn(settings);
        GenerationOptions options = GenerationKeys.Read(settings, new());
        // Said to be none, not left open.
        if (settings.IsNull("eos_token_id"))
            options = options with { EosTokenIds = [] };
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

    /// <summary>Keys of a folder's <c>generation_config.json</c> that neither transformers nor PeftSharp knows, so that they have no effect.</summary>
    /// <exception cref="PeftException">As <see cref="Read"/>.</exception>
    public static IReadOnlyList<string> UnknownKeys(string folder)
    {
        if (PathIn(folder) is not { } path)
            return [];
        JsonSettings settings = JsonSettings.Load(path);
        Read(settings);
        return OtherKeys.UnknownIn(settings);
    }

    private static string? PathIn(string? folder) =>
        folder is not null && Path.Combine(folder, FileName) is var path && File.Exists(path) ? path : null;

    private static GenerationOptions WithTokensOf(JsonSettings config, GenerationOptions options)
    {
        GenerationOptions tokens = GenerationKeys.ReadTokens(config);
        return options with
        {
            EosTokenIds = options.EosTokenIds ?? tokens.EosTokenIds,
            PadTokenId = options.PadTokenId ?? tokens.PadTokenId,
            BosTokenId = options.BosTokenId ?? tokens.BosTokenId,
            DecoderStartTokenId = options.DecoderStartTokenId ?? tokens.DecoderStartTokenId,
        };
    }
}
