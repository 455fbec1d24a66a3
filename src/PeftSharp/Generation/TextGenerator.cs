using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PeftSharp.Adapters;
using PeftSharp.Generation.Streaming;
using PeftSharp.Text;

namespace PeftSharp.Generation;

/// <summary>
/// Text in, text out: a causal language model with its tokenizer. One object serves any number of threads and adapters at
/// once.
/// </summary>
/// <example><code>
/// using TextGenerator generator = new(model, tokenizer);
/// string answer = generator.Generate("Where is my card?", new() { MaxNewTokens = 64 });
/// await foreach (string piece in generator.StreamAsync("Where is my card?"))
///     Console.Write(piece);
/// </code></example>
public sealed class TextGenerator : IDisposable
{
    private readonly TokenGenerator _generator;
    private readonly Tokenizer _tokenizer;
    private readonly IDisposable? _owned;

    /// <summary>A generator over a base model with its adapters.</summary>
    /// <param name="model">The model; stays the caller's unless it is among what <paramref name="owned"/> frees.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="defaults">What calls without options use; null takes the model's <c>generation_config.json</c>.</param>
    /// <param name="owned">Freed together with the generator; null where the caller frees the model.</param>
    /// <exception cref="PeftException">The model is no causal language model, or the tokenizer is another model's.</exception>
    /// <exception cref="ArgumentException">A default is out of its range.</exception>
    public TextGenerator(PeftModel model, Tokenizer tokenizer, GenerationOptions? defaults = null, IDisposable? owned = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (tokenizer.MaxTokenId >= model.Base.VocabularySize)
            throw new PeftException(
                $"The tokenizer has ids up to {tokenizer.MaxTokenId} and the model's embedding only {model.Base.VocabularySize} rows: they are of different models.");
        _tokenizer = tokenizer;
        _generator = new TokenGenerator(model);
        Defaults = defaults is null ? _generator.Defaults : _generator.Complete(defaults);
        _owned = owned;
    }

    /// <summary>What calls without options use.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>The text that follows a prompt.</summary>
    /// <inheritdoc cref="Run(string, GenerationOptions?, Composition?, Action{string}?, CancellationToken)"/>
    public string Generate(
        string prompt, GenerationOptions? options = null, Composition? composition = null, CancellationToken cancellationToken = default) =>
        Run(prompt, options, composition, onText: null, cancellationToken).Text;

    /// <summary>The text that follows a prompt, with token counts and why it ended.</summary>
    /// <param name="prompt">The prompt; the tokenizer puts its special tokens around it.</param>
    /// <param name="options">How; null for <see cref="Defaults"/>.</param>
    /// <param name="composition">The adapters; null for the model's active ones.</param>
    /// <param name="onText">Told of each piece of the text once it is certain: never half a character, never a part of a stop string. Not with beams.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="PeftException">The prompt leaves the model no position to generate on; an adapter is not there.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public GenerationResult Run(
        string prompt, GenerationOptions? options = null, Composition? composition = null,
        Action<string>? onText = null, CancellationToken cancellationToken = default) =>
        Run([prompt], options, composition, onText is null ? null : (_, text) => onText(text), cancellationToken)[0];

    /// <summary>The texts that follow several prompts, generated together.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="options">How; null for <see cref="Defaults"/>.</param>
    /// <param name="composition">The adapters; null for the model's active ones; <see cref="Composition.ByRow"/> for one a prompt.</param>
    /// <param name="onText">Told of each piece of the text of a prompt's number, as <see cref="Run(string, GenerationOptions?, Composition?, Action{string}?, CancellationToken)"/> is.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <returns>One result a prompt, in order.</returns>
    /// <inheritdoc cref="Run(string, GenerationOptions?, Composition?, Action{string}?, CancellationToken)"/>
    public IReadOnlyList<GenerationResult> Run(
        IReadOnlyList<string> prompts, GenerationOptions? options = null, Composition? composition = null,
        Action<int, string>? onText = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        GenerationOptions chosen = _generator.Complete(options ?? Defaults);
        bool streams = chosen.NumBeams == 1;
        if (onText is not null && !streams)
            throw TokenGenerator.BeamsCannotStream(chosen);
        int[][] ids = [.. _tokenizer.EncodeBatch(prompts).Select(encoding => encoding.ToIdArray())];
        TextRow[] rows = [.. prompts.Select((_, row) => new TextRow(_tokenizer, chosen, onText is null ? null : text => onText(row, text)))];
        IReadOnlyList<GeneratedTokens> tokens = _generator.Generate(
            ids, chosen, composition, streams ? (row, token) => rows[row].Add(token) : null, cancellationToken);
        if (!streams)
            for (int row = 0; row < rows.Length; row++)
                _ = tokens[row].Ids.All(rows[row].Add);
        return [.. rows.Select((row, i) => row.Finish(tokens[i]))];
    }

    /// <summary>The text that follows a prompt, piece by piece. Leaving the loop early ends the generation.</summary>
    /// <inheritdoc cref="Run(string, GenerationOptions?, Composition?, Action{string}?, CancellationToken)"/>
    public async IAsyncEnumerable<string> StreamAsync(
        string prompt, GenerationOptions? options = null, Composition? composition = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<string> pieces = Channel.CreateUnbounded<string>(new() { SingleReader = true, SingleWriter = true });
        // The whole generation stays on one thread: libtorch keeps workers for every thread that calls it.
        Task producer = Task.Run(() => Produce(prompt, options, composition, pieces.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return piece;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await producer.ConfigureAwait(false);
        }
    }

    /// <summary>Frees the buffers, and the model if it was given to the generator.</summary>
    public void Dispose()
    {
        _generator.Dispose();
        _owned?.Dispose();
    }

    private void Produce(
        string prompt, GenerationOptions? options, Composition? composition, ChannelWriter<string> pieces, CancellationToken cancellationToken)
    {
        try
        {
            Run(prompt, options, composition, piece => pieces.TryWrite(piece), cancellationToken);
            pieces.Complete();
        }
        catch (Exception error)
        {
            // Thrown again where the pieces are read.
            pieces.Complete(error);
        }
    }
}
