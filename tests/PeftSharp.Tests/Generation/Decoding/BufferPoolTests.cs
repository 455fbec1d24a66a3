using PeftSharp.Generation.Decoding;
using PeftSharp.Models;
using Xunit;

namespace PeftSharp.Tests.Generation.Decoding;

public sealed class BufferPoolTests
{
    [Fact]
    public void Rent_AfterReturn_LendsTheSameBuffers()
    {
        using BaseModel model = TinyLlama.Create();
        using BufferPool pool = new(model);
        DecodingBuffers first = pool.Rent(2, 10, 64);
        DecodingBuffers second = pool.Rent(2, 10, 64);
        Assert.NotSame(first, second);
        pool.Return(first);
        pool.Return(second);
        Assert.Same(first, pool.Rent(2, 20, 64));
        DecodingBuffers longer = pool.Rent(2, 90, 64);
        Assert.NotSame(second, longer);
        Assert.InRange(longer.Capacity, 90, 96);
        DecodingBuffers wider = pool.Rent(3, 10, 64);
        Assert.Equal(3, wider.Rows);
        pool.Return(first);
        pool.Return(longer);
        pool.Return(wider);
        Assert.Equal(70, pool.Rent(3, 10, 70).Vocabulary);
    }

    [Fact]
    public void Return_AfterDispose_FreesTheBuffers()
    {
        using BaseModel model = TinyLlama.Create();
        BufferPool pool = new(model);
        DecodingBuffers lent = pool.Rent(1, 10, 64);
        pool.Dispose();
        pool.Return(lent);
        Assert.True(lent.Logits.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => pool.Rent(1, 10, 64));
    }
}
