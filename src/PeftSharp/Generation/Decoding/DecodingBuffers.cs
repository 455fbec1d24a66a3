using PeftSharp.Models;
using PeftSharp.Models.Blocks;
using static TorchSharp.torch;

namespace PeftSharp.Generation.Decoding;

/// <summary>What one generation needs of memory, for a number of rows and tokens: made once, lent again and again.</summary>
internal sealed class DecodingBuffers : IDisposable
{
    public DecodingBuffers(BaseModel model, int rows, int capacity, int vocabulary)
    {
        Rows = rows;
        Capacity = capacity;
        Cache = model.CreateCache(rows, capacity);
        Tokens = zeros([rows, 1], dtype: ScalarType.Int64).DetachFromDisposeScope();
        Mask = ones([rows, capacity], dtype: ScalarType.Int64).DetachFromDisposeScope();
        Vocabulary = vocabulary;
        Logits = empty([rows, vocabulary], dtype: ScalarType.Float32).DetachFromDisposeScope();
    }

    public int Rows { get; }

    public int Capacity { get; }

    /// <summary>The number of different tokens.</summary>
    public int Vocabulary { get; }

    public KeyValueCache Cache { get; }

    /// <summary>The next token of each row, int64 (rows, 1), on the CPU.</summary>
    public Tensor Tokens { get; }

    /// <summary>0 for the padding before a row's prompt, else 1, int64 (rows, capacity), on the CPU.</summary>
    public Tensor Mask { get; }

    /// <summary>The last step's logits, fp32 (rows, vocabulary), on the CPU.</summary>
    public Tensor Logits { get; }

    /// <summary>The bytes held, nearly all of them the cache's.</summary>
    public long Bytes => Cache.Bytes + sizeof(float) * Logits.numel() + sizeof(long) * Mask.numel();

    public void Dispose()
    {
        Cache.Dispose();
        Tokens.Dispose();
        Mask.Dispose();
        Logits.Dispose();
    }
}
