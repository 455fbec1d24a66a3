using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using PeftSharp.Kernels;
using PeftSharp.Kernels.Fused;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>
/// Two threads, each with half of libtorch's, that compute the two halves of a batch from the loss to the gradients side by
/// side. Within an operator threads wait for each other at its end, and small products gain little from a second thread;
/// here they meet once a step.
/// </summary>
/// <remarks>
/// Gradients meet in the trainable tensors, where libtorch adds them under a lock. There are two lanes and no more because
/// a sum of two does not depend on which comes first: runs stay the same bit for bit.
/// </remarks>
internal sealed class Lanes : IDisposable
{
    /// <summary>How many there are.</summary>
    public const int Count = 2;

    private readonly BlockingCollection<Action>[] _work = [.. Enumerable.Range(0, Count).Select(_ => new BlockingCollection<Action>())];
    private readonly Thread[] _threads;

    private Lanes(int threads)
    {
        using CountdownEvent started = new(Count);
        _threads = [.. _work.Select((work, lane) => new Thread(() => Live(work, (threads + lane) / Count, started)) { IsBackground = true, Name = $"lane {lane}" })];
        foreach (Thread thread in _threads)
            thread.Start();
        started.Wait();
        // libtorch counts per thread, but gives threads that begin later what was set last, by whichever thread.
        set_num_threads(threads);
    }

    /// <summary>The lanes, or null where there is one thread only or the kernels are to be libtorch.s own (<see cref="FusedKernels.Enabled"/>).</summary>
    public static Lanes? Open()
    {
        int threads = get_num_threads();
        return FusedKernels.Enabled && threads >= Count ? new Lanes(threads) : null;
    }

    /// <summary>Runs <paramref name="body"/>(lane) on each and waits for both; what one throws is thrown again.</summary>
    public void Run(Action<int> body)
    {
        bool measures = KernelClock.IsOn;
        var failures = new Exception?[Count];
        var totals = new KernelClock.Totals?[Count];
        using CountdownEvent done = new(Count);
        for (int i = 0; i < Count; i++)
        {
            int lane = i;
            _work[lane].Add(() =>
            {
                KernelClock.IsOn = measures;
                try
                {
                    body(lane);
                }
#pragma warning disable CA1031 // It must not end the thread: the caller throws it again.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    failures[lane] = e;
                }
                if (measures)
                    totals[lane] = KernelClock.Take();
                done.Signal();
            });
        }
        done.Wait();
        foreach (KernelClock.Totals? spent in totals)
            if (spent is not null)
                KernelClock.Add(spent, 1.0 / Count);
        if (Array.Find(failures, failure => failure is not null) is { } first)
            ExceptionDispatchInfo.Throw(first);
    }

    public void Dispose()
    {
        foreach (BlockingCollection<Action> work in _work)
            work.CompleteAdding();
        foreach (Thread thread in _threads)
            thread.Join();
        foreach (BlockingCollection<Action> work in _work)
            work.Dispose();
    }

    private static void Live(BlockingCollection<Action> work, int threads, CountdownEvent started)
    {
        // The first question on a thread sets its count to the common one; asked later, it would undo ours.
        _ = get_num_threads();
        set_num_threads(threads);
        started.Signal();
        foreach (Action action in work.GetConsumingEnumerable())
            action();
    }
}
