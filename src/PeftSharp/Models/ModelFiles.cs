using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Models.Gguf;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Text;

namespace PeftSharp.Models;

/// <summary>
/// Where the parts of a model are: in the files of a Hugging Face folder, or in a GGUF file, which is given by its path or
/// is the only weight file of a folder. What the folder has as a file of its own comes first.
/// </summary>
internal static class ModelFiles
{
    /// <summary>The file of a model's shape.</summary>
    public const string ConfigName = "config.json";

    private const string TokenizerName = "tokenizer.json";

    // The escapes that JSON demands and no more, so that a vocabulary can be read.
    private static readonly JsonSerializerOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The path itself where something is there; else the folder of the model of that id in Hugging Face's cache, if it has one.</summary>
    public static string Locate(string path) =>
        Directory.Exists(path) || File.Exists(path) ? path : HubCache.Find(path) ?? path;

    /// <summary>True where a path is a model's folder or GGUF file, or the id of a model in the cache.</summary>
    public static bool IsModel(string path) => Locate(path) is var at && (File.Exists(Path.Combine(at, ConfigName)) || GgufOf(at) is not null);

    /// <summary>The GGUF file behind a path, or null.</summary>
    /// <exception cref="InvalidDataException">The folder has several.</exception>
    public static string? GgufOf(string path) => Checkpoint.IsGguf(path) && File.Exists(path) ? path : Checkpoint.GgufIn(path);

    /// <summary>The text of <c>config.json</c> and where it comes from.</summary>
    /// <exception cref="FileNotFoundException">There is neither that file nor a GGUF file.</exception>
    public static (string Json, string Source) Config(string path)
    {
        path = Locate(path);
        string config = Path.Combine(path, ConfigName);
        if (File.Exists(config))
            return (SmallFile.ReadText(config), config);
        string gguf = GgufOf(path) ?? throw new FileNotFoundException(
            $"{path} has no {ConfigName}; a model is a Hugging Face folder with {ConfigName}, model.safetensors and {TokenizerName}, or a GGUF file.", config);
        using GgufFile file = GgufFile.Open(gguf);
        return (LlamaGgufConfig.ToConfig(file).ToJsonString(), gguf);
    }

    /// <summary>The weights under Hugging Face's names.</summary>
    public static ICheckpoint Weights(string path)
    {
        ICheckpoint opened = Checkpoint.Open(Locate(path));
        if (opened is not GgufFile gguf)
            return opened;
        try
        {
            return new LlamaGgufCheckpoint(gguf);
        }
        catch
        {
            gguf.Dispose();
            throw;
        }
    }

    /// <summary>True where a folder has a tokenizer of its own: tokens may have been added or renamed for an adapter.</summary>
    public static bool HasTokenizer(string folder) => Text.Tokenizer.IsIn(folder);

    /// <summary>The tokenizer and its settings: those beside an adapter, where there are any, else the base's.</summary>
    /// <param name="path">The base.</param>
    /// <param name="adapter">The adapter's folder, or null.</param>
    public static (Tokenizer? Tokenizer, TokenizerSettings Settings) Tokenizer(string path, string? adapter)
    {
        if (adapter is null)
            return Tokenizer(path);
        if (!HasTokenizer(adapter))
        {
            // A run that was given a template keeps it beside its adapter.
            (Tokenizer? tokenizer, TokenizerSettings settings) = Tokenizer(path);
            return (tokenizer, TokenizerSettings.Load(adapter).ChatTemplate is { } template ? settings with { ChatTemplate = template } : settings);
        }
        return File.Exists(Path.Combine(adapter, "tokenizer_config.json"))
            ? Tokenizer(adapter)
            : (Text.Tokenizer.Load(adapter), Tokenizer(path).Settings);
    }

    /// <summary>The tokenizer and its settings; null where there is none.</summary>
    public static (Tokenizer? Tokenizer, TokenizerSettings Settings) Tokenizer(string path)
    {
        if (HasTokenizer(path))
            return (Text.Tokenizer.Load(path), TokenizerSettings.Load(path));
        if (GgufOf(path) is not { } gguf)
            return (null, TokenizerSettings.Load(path));
        using GgufFile file = GgufFile.Open(gguf);
        if (!GgufTokenizerReader.HasTokenizer(file.Entries))
            return (null, new());
        return (
            Text.Tokenizer.Parse(Utf8(GgufTokenizerReader.ToTokenizer(file.Entries)), gguf),
            TokenizerSettings.Parse(Utf8(GgufTokenizerReader.ToSettings(file.Entries)), gguf));
    }

    /// <summary>What a model's files say of special tokens and chat templates, without its tokenizer.</summary>
    public static TokenizerSettings Settings(string path)
    {
        path = Locate(path);
        if (HasTokenizer(path) || GgufOf(path) is not { } gguf)
            return Directory.Exists(path) ? TokenizerSettings.Load(path) : new();
        using GgufFile file = GgufFile.Open(gguf);
        return GgufTokenizerReader.HasTokenizer(file.Entries) ? TokenizerSettings.Parse(Utf8(GgufTokenizerReader.ToSettings(file.Entries)), gguf) : new();
    }

    /// <summary>The bytes of a JSON file.</summary>
    public static byte[] Utf8(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(json, _readable);
}
