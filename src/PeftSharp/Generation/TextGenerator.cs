using System.Runtime.CompilerServices;
using System.Threading.Channels;
using PeftSharp.Adapters;
using PeftSharp.Generation.Streaming;
using PeftSharp.Models;
using PeftSharp.Tensors;
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
public sealed class TextGenerator : IDisposable, IAsyncDisposable
{
    private readonly TokenGenerator _generator;
    private readonly Tokenizer _tokenizer;
    private readonly CallGate _calls;

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
        TokenizerFit.Require(tokenizer, model.VocabularySize, "The tokenizer");
        _tokenizer = tokenizer;
        _generator = new TokenGenerator(model);
        Defaults = defaults is null ? _generator.Defaults : _generator.Complete(defaults);
        _calls = new CallGate(this, () =>
        {
            _generator.Dispose();
            owned?.Dispose();
        });
    }

    /// <summary>How long an asynchronous disposal waits for running calls before it cancels them.</summary>
    public TimeSpan DisposeTimeout { get; init; } = CallGate.DefaultLimit;

    /// <summary>What calls without options use.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>Whether the tokenizer puts its special tokens around prompts; false for those that a chat template wrote, which have them.</summary>
    public bool AddSpecialTokens { get; init; } = true;

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
        Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Run([prompt], (options ?? Defaults) with { NumReturnSequences = 1 }, composition, onText is null ? null : (_, text) => onText(text), cancellationToken)[0];
    }

    /// <summary>The texts that follow several prompts, generated together.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="options">How; null for <see cref="Defaults"/>.</param>
    /// <param name="composition">The adapters; null for the model's active ones; <see cref="Composition.ByRow"/> for one a prompt.</param>
    /// <param name="onText">Told of each piece of the text of a result's number, as <see cref="Run(string, GenerationOptions?, Composition?, Action{string}?, CancellationToken)"/> is.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <returns>The results in the order of the prompts, as many of each as <see cref="GenerationOptions.NumReturnSequences"/> says; the number of a row counts them.</returns>
    /// <inheritdoc cref="Run(string, GenerationOptions?, Composition?, Action{string}?, CancellationToken)"/>
    public IReadOnlyList<GenerationResult> Run(
        IReadOnlyList<string> prompts, GenerationOptions? options = null, Composition? composition = null,
        Action<int, string>? onText = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using CallGate.Call call = _calls.Enter(cancellationToken);
        for (int i = 0; i < prompts.Count; i++)
            if (prompts[i] is null)
                throw new ArgumentException($"Prompt {i} is null.", nameof(prompts));
        GenerationOptions chosen = _generator.Complete(options ?? Defaults);
        bool streams = chosen.NumBeams == 1;
        if (onText is not null && !streams)
            throw TokenGenerator.BeamsCannotStream(chosen);
        int[][] ids = [.. _tokenizer.EncodeBatch(prompts, AddSpecialTokens).Select(encoding => encoding.ToIdArray())];
        int count = prompts.Count * chosen.NumReturnSequences;
        TextRow[] rows = [.. Enumerable.Range(0, count).Select(row => new TextRow(_tokenizer, chosen, onText is null ? null : text => onText(row, text)))];
        IReadOnlyList<GeneratedTokens> tokens = _generator.Generate(
            ids, chosen, composition, streams ? (row, token) => rows[row].Add(token) : null, call.Token);
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

    /// <summary>
    /// Refuses new calls with an <see cref="ObjectDisposedException"/>; the buffers, and the model if it was given to the
    /// generator, are freed when the running ones have ended.
    /// </summary>
    public void Dispose() => _calls.Dispose();

    /// <summary>The same, and waits for the running calls, for <see cref="DisposeTimeout"/> at most; then they are cancelled.</summary>
    public ValueTask DisposeAsync() => _calls.CloseAsync(DisposeTimeout);

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
