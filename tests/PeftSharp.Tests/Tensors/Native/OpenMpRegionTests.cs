using PeftSharp.Tensors.Native;
using Xunit;

namespace PeftSharp.Tests.Tensors.Native;

public sealed class OpenMpRegionTests
{
    public OpenMpRegionTests() => Assert.SkipUnless(OpenMpRegion.IsAvailable, "libtorch runs on no libgomp here.");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Run_SomeParts_DoesEachOnce(int parts)
    {
        int[] done = new int[parts];
        OpenMpRegion.Run(2, parts, part => Interlocked.Increment(ref done[part]));
        Assert.All(done, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Run_APartThatThrows_ThrowsOnTheCallingThread()
    {
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => OpenMpRegion.Run(2, 4, part => { if (part == 2) throw new InvalidOperationException("part 2"); }));
        Assert.Equal("part 2", error.Message);
        int after = 0;
        OpenMpRegion.Run(2, 2, _ => Interlocked.Increment(ref after));
        Assert.Equal(2, after);
    }

    [Fact]
    public void Run_FromManyThreads_KeepsThemApart()
    {
        int[] sums = new int[8];
        Thread[] threads = [.. Enumerable.Range(0, sums.Length).Select(number => new Thread(() =>
        {
            for (int i = 0; i < 200; i++)
                OpenMpRegion.Run(2, 2, part => Interlocked.Add(ref sums[number], part + 1));
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(sums, sum => Assert.Equal(600, sum));
    }
}
