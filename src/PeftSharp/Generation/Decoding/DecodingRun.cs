using System.Runtime.InteropServices;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Generation.Decoding;

/// <summary>
/// The model's side of one generation: feeds a batch of prompts, then token after token, and shows the logits of the
/// last position. Prompts are padded on the left, so that the last position is every row's last token; what an encoder reads,
/// on the right.
/// </summary>
internal sealed class DecodingRun : IDisposable
{
    private readonly BaseModel _model;
    private readonly Pass _pass;
    private readonly BufferPool _pool;
    private readonly DecodingBuffers _buffers;
    private readonly int _vocabulary;
    private Tensor? _source, _sourceMask;
    private bool _padded;

    public DecodingRun(BaseModel model, Pass pass, BufferPool pool, int rows, int capacity)
    {
        _model = model;
        _pass = pass;
        _pool = pool;
        _vocabulary = (int)model.VocabularyOf(pass);
        _buffers = pool.Rent(rows, capacity, _vocabulary);
    }

    /// <summary>The number of different tokens.</summary>
    public int Vocabulary => _vocabulary;

    /// <summary>The logits of a row's last position, (vocabulary): the caller may change them.</summary>
    public Span<float> Logits(int row) =>
        MemoryMarshal.Cast<byte, float>(_buffers.Logits.bytes).Slice(row * _vocabulary, _vocabulary);

    /// <summary>Feeds the prompts.</summary>
    public void Start(IReadOnlyList<PromptTokens> texts)
    {
        if (_model.IsEncoderDecoder)
            StartEncoder([.. texts.Select(text => text.Source!)]);
        int[][] prompts = [.. texts.Select(text => text.Begin)];
        int rows = prompts.Length;
        int width = prompts.Max(prompt => prompt.Length);
        using var scope = NewDisposeScope();
        using Tensor ids = zeros([rows, width], dtype: ScalarType.Int64);
        Span<long> cells = MemoryMarshal.Cast<byte, long>(ids.bytes);
        Span<long> mask = MemoryMarshal.Cast<byte, long>(_buffers.Mask.bytes);
        mask.Fill(1);
        for (int row = 0; row < rows; row++)
        {
            int padding = width - prompts[row].Length;
            _padded |= padding > 0;
            mask.Slice(row * _buffers.Capacity, padding).Clear();
            for (int i = 0; i < prompts[row].Length; i++)
                cells[row * width + padding + i] = prompts[row][i];
        }
        Feed(ids, width);
    }

    /// <summary>Feeds one more token of each row.</summary>
    public void Next(ReadOnlySpan<int> tokens)
    {
        using var scope = NewDisposeScope();
        Span<long> cells = MemoryMarshal.Cast<byte, long>(_buffers.Tokens.bytes);
        for (int row = 0; row < tokens.Length; row++)
            cells[row] = tokens[row];
        Feed(_buffers.Tokens, 1);
    }

    /// <summary>Makes row i go on from what row <paramref name="sources"/>[i] has seen.</summary>
    public void Reorder(ReadOnlySpan<int> sources)
    {
        bool moved = false;
        for (int row = 0; row < sources.Length; row++)
            moved |= sources[row] != row;
        if (!moved)
            return;
        using var scope = NewDisposeScope();
        Tensor rows = zeros([sources.Length], dtype: ScalarType.Int64);
        Span<long> cells = MemoryMarshal.Cast<byte, long>(rows.bytes);
        for (int row = 0; row < sources.Length; row++)
            cells[row] = sources[row];
        // Beams move within their prompt: what the encoder read stays.
        _buffers.Cache.Reorder(rows.to(_model.Device), movesSources: false);
    }

    public void Dispose()
    {
        _source?.Dispose();
        _sourceMask?.Dispose();
        _pool.Return(_buffers);
    }

    private void StartEncoder(int[][] sources)
    {
        int width = sources.Max(source => source.Length);
        long[] ids = new long[sources.Length * width], mask = new long[ids.Length];
        for (int row = 0; row < sources.Length; row++)
        {
            for (int i = 0; i < sources[row].Length; i++)
                ids[row * width + i] = sources[row][i];
            mask.AsSpan(row * width, sources[row].Length).Fill(1);
        }
        _source = tensor(ids, [sources.Length, width], device: _model.Device).DetachFromDisposeScope();
        if (Array.Exists(sources, source => source.Length < width))
            _sourceMask = tensor(mask, [sources.Length, width], device: _model.Device).DetachFromDisposeScope();
    }

    private void Feed(Tensor ids, int fresh)
    {
        using var noGrad = no_grad();
        Tensor? mask = _padded ? _buffers.Mask.narrow(1, 0, _buffers.Cache.Length + fresh).to(_model.Device) : null;
        ModelInput input = _source is null
            ? new() { InputIds = ids.to(_model.Device), AttentionMask = mask }
            : new() { InputIds = _source, AttentionMask = _sourceMask, DecoderInputIds = ids.to(_model.Device), DecoderAttentionMask = mask };
        using Tensor logits = _model.ForwardLast(input, _pass, _buffers.Cache);
        _buffers.Logits.copy_(logits);
    }
}
