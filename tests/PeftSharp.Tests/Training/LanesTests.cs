using PeftSharp.Kernels;
using PeftSharp.Tests.Tensors;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

[Collection(nameof(Alone))]
public sealed class LanesTests : IDisposable
{
    private readonly TwoThreads _two = new();

    public void Dispose() => _two.Dispose();

    [Fact]
    public void Open_OneThread_HasNone()
    {
        set_num_threads(1);
        Assert.Null(Lanes.Open());
    }

    [Fact]
    public void Run_Work_RunsOnceOnEachLaneWithHalfOfTheThreads()
    {
        int[] runs = new int[Lanes.Count], threads = new int[Lanes.Count], ids = new int[Lanes.Count];
        using (Lanes lanes = Lanes.Open()!)
        {
            for (int i = 0; i < 3; i++)
                lanes.Run(lane =>
                {
                    runs[lane]++;
                    threads[lane] = get_num_threads();
                    ids[lane] = Environment.CurrentManagedThreadId;
                });
        }
        Assert.Equal([3, 3], runs);
        Assert.Equal([1, 1], threads);
        Assert.Equal(Lanes.Count, ids.Append(Environment.CurrentManagedThreadId).Distinct().Count() - 1);
        Assert.Equal(2, get_num_threads());
        int fresh = 0;
        Thread later = new(() => fresh = get_num_threads());
        later.Start();
        later.Join();
        Assert.Equal(2, fresh);
    }

    [Fact]
    public void Run_OneLaneFails_ThrowsThatAndGoesOn()
    {
        using Lanes lanes = Lanes.Open()!;
        bool other = false;
        Exception thrown = Assert.Throws<InvalidOperationException>(() => lanes.Run(lane =>
        {
            if (lane == 1)
                throw new InvalidOperationException("lane 1");
            other = true;
        }));
        Assert.Equal("lane 1", thrown.Message);
        Assert.True(other);
        lanes.Run(lane => other = false);
        Assert.False(other);
    }

    [Fact]
    public void Run_WhileKernelsAreMeasured_GivesTheCallerTheirTime()
    {
        using Lanes lanes = Lanes.Open()!;
        KernelClock.Take();
        KernelClock.IsOn = true;
        try
        {
            lanes.Run(_ =>
            {
                using var clock = KernelClock.Measure("sleep");
                Thread.Sleep(20);
            });
        }
        finally
        {
            KernelClock.IsOn = false;
        }
        (double seconds, long calls) = KernelClock.Take().Kernels["sleep"];
        Assert.Equal(2, calls);
        // Side by side: the caller waited for 20 ms, not for 40.
        Assert.InRange(seconds, 0.019, 10);
    }
}
