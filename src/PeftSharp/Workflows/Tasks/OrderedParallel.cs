using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PeftSharp.Workflows.Tasks;

/// <summary>Work on rows on all processors, as if done one after another.</summary>
internal static class OrderedParallel
{
    /// <summary>One result an item, in order. Of several errors the one of the first item is thrown, as it is.</summary>
    public static TResult[] Select<T, TResult>(IReadOnlyList<T> items, Func<T, TResult> select)
    {
        var results = new TResult[items.Count];
        ConcurrentDictionary<int, Exception> errors = new();
        // Items of a partition run in order, so the first error of all is reached before its partition stops.
        Parallel.For(0, items.Count, (i, state) =>
        {
            if (state.LowestBreakIteration < i)
                return;
            try
            {
                results[i] = select(items[i]);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                errors[i] = error;
                state.Break();
            }
        });
        if (!errors.IsEmpty)
            ExceptionDispatchInfo.Throw(errors[errors.Keys.Min()]);
        return results;
    }
}
