using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Text;

namespace PeftSharp;

/// <summary>A base model with its tokenizer: what one Hugging Face folder holds.</summary>
public sealed class PretrainedModel : IDisposable
{
    private readonly Tokenizer? _tokenizer;

    private PretrainedModel(string folder, BaseModel model, Tokenizer? tokenizer, TokenizerSettings settings)
    {
        Folder = folder;
        Model = model;
        Settings = settings;
        _tokenizer = tokenizer;
    }

    /// <summary>The folder it was loaded from.</summary>
    public string Folder { get; }

    /// <summary>The frozen model.</summary>
    public BaseModel Model { get; }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="PeftException">The folder has none.</exception>
    public Tokenizer Tokenizer =>
        _tokenizer ?? throw new PeftException($"{Folder} has no tokenizer.json and no older vocabulary of a kind that is known here, so text cannot be turned into tokens.");

    /// <summary>True where there is a tokenizer.</summary>
    internal bool HasTokenizer => _tokenizer is not null;

    /// <summary>What <c>tokenizer_config.json</c> says of special tokens, padding and length.</summary>
    public TokenizerSettings Settings { get; }

    /// <summary>The id that pads a batch: the tokenizer's pad token, else the config's, else 0.</summary>
    public int PaddingId =>
        (Settings.PadToken is { } pad ? _tokenizer?.TokenToId(pad) : null)
        ?? (int?)Model.Config.OptionalIndex("pad_token_id") ?? 0;

    /// <summary>The most tokens a text may have: the smaller of the model's positions and the tokenizer's own limit.</summary>
    public int MaxLength => Math.Min(Model.MaxPositions, Settings.ModelMaxLength ?? int.MaxValue);

    /// <summary>Loads a folder; see <see cref="Peft.LoadBaseAsync"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Task, labels, dtype and device.</param>
    /// <param name="adapterFolder">The folder of an adapter whose own tokenizer, if it has one, takes the place of the base's; the adapter itself is not loaded.</param>
    public static PretrainedModel Load(string folder, BaseModelOptions? options = null, string? adapterFolder = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        folder = ModelFiles.Locate(folder);
        BaseModel model = BaseModel.Load(folder, options);
        try
        {
            (Tokenizer? tokenizer, TokenizerSettings settings) = ModelFiles.Tokenizer(folder, adapterFolder);
            // The adapter may bring an embedding with as many rows as its tokenizer needs.
            if (tokenizer is not null && (adapterFolder is null || !ModelFiles.HasTokenizer(adapterFolder)))
                TokenizerFit.Require(tokenizer, model.VocabularySize, $"{folder}: the tokenizer");
            return new PretrainedModel(folder, model, tokenizer, settings);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Attaches a fresh adapter.</summary>
    /// <param name="options">The method and its settings.</param>
    /// <param name="name">The adapter's name.</param>
    /// <param name="seed">The seed of its initial values.</param>
    public PeftModel Attach(PeftOptions options, string name = PeftModel.DefaultAdapter, long seed = 42)
    {
        PeftModel model = new(Model);
        model.AddAdapter(options, name, seed);
        return model;
    }

    /// <summary>Attaches a saved adapter.</summary>
    /// <param name="adapterFolder">A folder with <c>adapter_config.json</c>.</param>
    /// <param name="name">The adapter's name.</param>
    public PeftModel AttachSaved(string adapterFolder, string name = PeftModel.DefaultAdapter)
    {
        PeftModel model = new(Model);
        model.LoadAdapter(adapterFolder, name);
        return model;
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
