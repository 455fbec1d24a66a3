using PeftSharp.IO;
using PeftSharp.Text.Decoders;
using PeftSharp.Text.Folders;
using PeftSharp.Text.Loading;
using PeftSharp.Text.Models;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text;

/// <summary>
/// A tokenizer as Hugging Face's <c>tokenizer.json</c> describes it. Immutable once loaded; one instance serves any number
/// of threads.
/// </summary>
/// <example>
/// <code>
/// Tokenizer tokenizer = Tokenizer.Load("assets/models/all-MiniLM-L6-v2");
/// Encoding encoding = tokenizer.Encode("Where is my card?");
/// string text = tokenizer.Decode(encoding.Ids);
/// </code>
/// </example>
public sealed class Tokenizer
{
    private readonly SequenceEncoder _encoder;
    private readonly EncodingAssembler _assembler;
    private readonly AddedVocabulary _added;
    private readonly Vocabulary _vocabulary;
    private readonly IDecoder? _decoder;

    internal Tokenizer(TokenizerFile file)
    {
        _vocabulary = file.Model.Vocabulary;
        _added = new AddedVocabulary(file.AddedTokens, file.Normalizer, _vocabulary);
        _encoder = new SequenceEncoder(_added, file.Normalizer, file.PreTokenizer, file.Model);
        _assembler = new EncodingAssembler(this, file.PostProcessor);
        _decoder = file.Decoder;
        StoredTruncation = file.Truncation;
        StoredPadding = file.Padding;
        MaxTokenId = Math.Max(_vocabulary.MaxId, file.AddedTokens.Count == 0 ? -1 : file.AddedTokens.Max(t => t.Id));
    }

    /// <summary>Number of different tokens, added tokens included.</summary>
    public int VocabularySize => _vocabulary.Count + _added.CountBeyondModel;

    /// <summary>The largest token id: a model's embedding must have at least one row more. −1 if there is no token.</summary>
    public int MaxTokenId { get; }

    /// <summary>The tokens found in the text before the model sees it, in the order of the file.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _added.Tokens;

    /// <summary>Truncation stored in the file. Not applied unless passed to <c>Encode</c>.</summary>
    public TruncationOptions? StoredTruncation { get; }

    /// <summary>Padding stored in the file. Not applied unless passed to <c>EncodeBatch</c>.</summary>
    public PaddingOptions? StoredPadding { get; }

    /// <summary>
    /// Loads <c>tokenizer.json</c>, or makes the tokenizer from a folder's older files: a SentencePiece model, vocab.json and
    /// merges.txt, or vocab.txt, with tokenizer_config.json or config.json to say what they are.
    /// </summary>
    /// <param name="path">The file, or the folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a sound tokenizer or uses something unsupported; says what and where.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        if (!File.Exists(file) && TokenizerFolder.HasVocabulary(path))
            return TokenizerFolder.Load(path);
        if (!File.Exists(file))
            throw new FileNotFoundException($"There is no tokenizer file {file}.", file);
        return TokenizerFile.Read(SmallFile.ReadBytes(file, SmallFile.MostOfTokenizer), file);
    }

    /// <summary>Whether <see cref="Load"/> finds a tokenizer: <c>tokenizer.json</c>, or a vocabulary of an older kind that is known here.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidDataException">A file that would say so is not JSON.</exception>
    public static bool IsIn(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return File.Exists(Path.Combine(folder, "tokenizer.json")) || TokenizerFolder.DefaultsOf(folder) is not null;
    }

    /// <summary>Parses the content of a <c>tokenizer.json</c>.</summary>
    /// <param name="utf8">The content.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="InvalidDataException">The content is not a sound tokenizer or uses something unsupported; says what and where.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> utf8, string name = "tokenizer.json") =>
        TokenizerFile.Read(utf8.ToArray(), name);

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte}, string)"/>
    public static Tokenizer Parse(Stream utf8, string name = "tokenizer.json")
    {
        ArgumentNullException.ThrowIfNull(utf8);
        using MemoryStream copy = new();
        utf8.CopyTo(copy);
        return TokenizerFile.Read(copy.ToArray(), name);
    }

    /// <summary>How many special tokens are added around one sequence, or around a pair.</summary>
    /// <param name="pair">Whether there are two sequences.</param>
    public int CountSpecialTokens(bool pair = false) => _assembler.LayoutFor(pair).SpecialCount;

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put around it.</param>
    /// <param name="truncation">How to shorten it; null leaves it whole.</param>
    /// <exception cref="ArgumentException">The truncation cannot be met.</exception>
    public Encoding Encode(string text, bool addSpecialTokens = true, TruncationOptions? truncation = null) =>
        EncodeInputs([text], null, asWords: false, addSpecialTokens, truncation);

    /// <summary>Encodes a pair of texts as one input.</summary>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second text.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put around and between them.</param>
    /// <param name="truncation">How to shorten them; null leaves them whole.</param>
    /// <exception cref="ArgumentException">The truncation cannot be met.</exception>
    public Encoding Encode(string text, string pair, bool addSpecialTokens = true, TruncationOptions? truncation = null) =>
        EncodeInputs([text], [pair], asWords: false, addSpecialTokens, truncation);

    /// <summary>Encodes words that are already split; offsets are those within each word.</summary>
    /// <param name="words">The words.</param>
    /// <param name="pairWords">The words of a second sequence, or null.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put around and between them.</param>
    /// <param name="truncation">How to shorten them; null leaves them whole.</param>
    /// <exception cref="ArgumentException">The truncation cannot be met.</exception>
    public Encoding EncodeWords(
        IReadOnlyList<string> words,
        IReadOnlyList<string>? pairWords = null,
        bool addSpecialTokens = true,
        TruncationOptions? truncation = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        return EncodeInputs([.. words], pairWords is null ? null : [.. pairWords], asWords: true, addSpecialTokens, truncation);
    }

    /// <summary>Encodes texts on all processors.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put around each.</param>
    /// <param name="truncation">How to shorten each; null leaves them whole.</param>
    /// <param name="padding">How to bring them to one length; null leaves them as they are.</param>
    /// <returns>One encoding a text, in order.</returns>
    /// <exception cref="ArgumentException">The truncation cannot be met.</exception>
    public IReadOnlyList<Encoding> EncodeBatch(
        IReadOnlyList<string> texts,
        bool addSpecialTokens = true,
        TruncationOptions? truncation = null,
        PaddingOptions? padding = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Batch.Encode(texts.Count, i => Encode(texts[i], addSpecialTokens, truncation), padding);
    }

    /// <inheritdoc cref="EncodeBatch(IReadOnlyList{string}, bool, TruncationOptions?, PaddingOptions?)"/>
    /// <param name="pairs">Pairs of texts, each one input.</param>
    /// <param name="addSpecialTokens">Whether special tokens are put around and between them.</param>
    /// <param name="truncation">How to shorten each; null leaves them whole.</param>
    /// <param name="padding">How to bring them to one length; null leaves them as they are.</param>
    public IReadOnlyList<Encoding> EncodeBatch(
        IReadOnlyList<(string Text, string Pair)> pairs,
        bool addSpecialTokens = true,
        TruncationOptions? truncation = null,
        PaddingOptions? padding = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return Batch.Encode(pairs.Count, i => Encode(pairs[i].Text, pairs[i].Pair, addSpecialTokens, truncation), padding);
    }

    /// <summary>Text of token ids; ids without a token are left out.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        List<string> tokens = new(ids.Length);
        foreach (int id in ids)
            if (DecodedToken(id, skipSpecialTokens) is { } token)
                tokens.Add(token);
        return Join(tokens);
    }

    /// <summary>Decodes ids one by one as a model generates them.</summary>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public DecodeStream CreateDecodeStream(bool skipSpecialTokens = true) => new(this, skipSpecialTokens);

    /// <summary>The id of a token, or null if there is none.</summary>
    /// <param name="token">The token as the vocabulary has it.</param>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _added.IdOf(token) ?? (_vocabulary.TryGetId(token, out int id) ? id : null);
    }

    /// <summary>The token of an id as the vocabulary has it, or null if there is none.</summary>
    /// <param name="id">A token id.</param>
    public string? IdToToken(int id) => _added.ContentOf(id) ?? _vocabulary.TokenOf(id);

    /// <summary>Whether the id is that of an added token marked special.</summary>
    /// <param name="id">A token id.</param>
    public bool IsSpecialToken(int id) => _added.IsSpecial(id);

    /// <summary>The text that decoding starts from, or null if the id has none or is skipped.</summary>
    internal string? DecodedToken(int id, bool skipSpecialTokens)
    {
        string? token = _added.DecodedTextOf(id) ?? _vocabulary.TokenOf(id);
        return token is not null && skipSpecialTokens && _added.IsSpecialText(token) ? null : token;
    }

    /// <summary>Decodes token texts, which it changes.</summary>
    internal string Join(List<string> tokens)
    {
        if (_decoder is null)
            return string.Join(' ', tokens);
        _decoder.Apply(tokens);
        return string.Concat(tokens);
    }

    /// <inheritdoc cref="IDecoder.CountStable"/>
    internal int CountStable(IReadOnlyList<string> tokens) => _decoder?.CountStable(tokens) ?? tokens.Count;

    private Encoding EncodeInputs(
        ReadOnlySpan<string> first, string[]? second, bool asWords, bool addSpecialTokens, TruncationOptions? truncation)
    {
        EncodeWorkspace workspace = EncodeWorkspace.Mine;
        EncodeSequence(first, asWords, workspace, workspace.First);
        if (second is not null)
            EncodeSequence(second, asWords, workspace, workspace.Second);
        Encoding encoding = _assembler.Assemble(
            workspace.First, second is null ? null : workspace.Second, addSpecialTokens, truncation);
        workspace.Trim();
        return encoding;
    }

    private void EncodeSequence(ReadOnlySpan<string> parts, bool asWords, EncodeWorkspace workspace, TokenBuffer tokens)
    {
        tokens.Clear();
        for (int i = 0; i < parts.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(parts[i]);
            _encoder.Encode(parts[i], asWords ? i : null, workspace, tokens);
        }
    }
}
