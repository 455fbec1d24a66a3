using PeftSharp.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Tensors;

public sealed class MemoryErrorsTests
{
    [Fact]
    public void IsOutOfMemory_OfWhatLibtorchSays_IsTrue()
    {
        // More than any machine has.
        Exception error = Assert.ThrowsAny<Exception>(() => zeros([1L << 50]).Dispose());
        Assert.True(MemoryErrors.IsOutOfMemory(error), error.ToString());
        Assert.True(MemoryErrors.IsOutOfMemory(new InvalidOperationException("outer", error)));
        Assert.True(MemoryErrors.IsOutOfMemory(new InsufficientMemoryException()));
    }

    [Fact]
    public void IsOutOfMemory_OfOtherErrors_IsFalse()
    {
        Exception error = Assert.ThrowsAny<Exception>(() => zeros([6]).reshape(7).Dispose());
        Assert.False(MemoryErrors.IsOutOfMemory(error));
        Assert.False(MemoryErrors.IsOutOfMemory(null));
    }
}
