using PeftSharp.Models;

namespace PeftSharp.Generation.Decoding;

/// <summary>Buffers of ended generations, kept for the next ones; safe for many threads.</summary>
internal sealed class BufferPool(BaseModel model) : IDisposable
{
    /// <summary>Capacities are multiples of this, so that prompts of nearly the same length share buffers.</summary>
    private const int Grain = 64;

    /// <summary>The most bytes that lie idle.</summary>
    private const long IdleLimit = 256L << 20;

    private readonly Lock _lending = new();
    private readonly List<DecodingBuffers> _idle = [];
    private bool _disposed;

    /// <summary>Buffers for so many rows and at least so many tokens of a vocabulary.</summary>
    public DecodingBuffers Rent(int rows, int capacity, int vocabulary)
    {
        lock (_lending)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            DecodingBuffers? found = _idle
                .Where(buffers => buffers.Rows == rows && buffers.Capacity >= capacity && buffers.Vocabulary == vocabulary)
                .MinBy(buffers => buffers.Capacity);
            if (found is not null)
            {
                _idle.Remove(found);
                return found;
            }
        }
        int rounded = (int)Math.Min((capacity + Grain - 1L) / Grain * Grain, Math.Max(capacity, model.MaxPositions));
        return new DecodingBuffers(model, rows, rounded, vocabulary);
    }

    /// <summary>Takes buffers back.</summary>
    public void Return(DecodingBuffers buffers)
    {
        buffers.Cache.Clear();
        List<DecodingBuffers> surplus = [];
        lock (_lending)
        {
            _idle.Add(buffers);
            // The longest idle go first.
            long bytes = _idle.Sum(held => held.Bytes);
            while (_idle.Count > 0 && (_disposed || bytes > IdleLimit))
            {
                bytes -= _idle[0].Bytes;
                surplus.Add(_idle[0]);
                _idle.RemoveAt(0);
            }
        }
        surplus.ForEach(held => held.Dispose());
    }

    public void Dispose()
    {
        lock (_lending)
        {
            _disposed = true;
            _idle.ForEach(buffers => buffers.Dispose());
            _idle.Clear();
        }
    }
}
