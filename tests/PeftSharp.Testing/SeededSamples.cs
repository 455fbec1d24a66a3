using CsCheck;

namespace PeftSharp.Testing;

/// <summary>
/// Properties over many generated values, the same ones in every run: CsCheck's own <c>Sample</c> begins each run elsewhere, so that it
/// may find something in a change that has nothing to do with it. More values are had by a larger <c>iter</c>.
/// </summary>
public static class SeededSamples
{
    /// <summary>Calls <paramref name="check"/> with generated values; it throws where the property does not hold.</summary>
    /// <param name="gen">What to generate.</param>
    /// <param name="check">The property.</param>
    /// <param name="iter">How many values.</param>
    /// <param name="threads">How many threads; 0 for one a core.</param>
    /// <param name="print">Shows a value for which it does not hold.</param>
    public static void SampleSeeded<T>(this Gen<T> gen, Action<T> check, int iter = 100, int threads = 0, Func<T, string>? print = null)
    {
        if (threads == 1)
            for (int i = 0; i < iter; i++)
                Try(gen, check, i, print ?? Check.Print);
        else
            Parallel.For(0, iter, new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads }, i => Try(gen, check, i, print ?? Check.Print));
    }

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T>(this Gen<T> gen, Func<T, bool> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => Hold(check(value)), iter, threads);

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T1, T2>(this Gen<(T1, T2)> gen, Action<T1, T2> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => check(value.Item1, value.Item2), iter, threads);

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T1, T2>(this Gen<(T1, T2)> gen, Func<T1, T2, bool> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => Hold(check(value.Item1, value.Item2)), iter, threads);

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => check(value.Item1, value.Item2, value.Item3), iter, threads);

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Func<T1, T2, T3, bool> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => Hold(check(value.Item1, value.Item2, value.Item3)), iter, threads);

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Action<T1, T2, T3, T4> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => check(value.Item1, value.Item2, value.Item3, value.Item4), iter, threads);

    /// <inheritdoc cref="SampleSeeded{T}(Gen{T}, Action{T}, int, int, Func{T, string})"/>
    public static void SampleSeeded<T1, T2, T3, T4, T5, T6>(
        this Gen<(T1, T2, T3, T4, T5, T6)> gen, Action<T1, T2, T3, T4, T5, T6> check, int iter = 100, int threads = 0) =>
        gen.SampleSeeded(value => check(value.Item1, value.Item2, value.Item3, value.Item4, value.Item5, value.Item6), iter, threads);

    private static void Try<T>(Gen<T> gen, Action<T> check, int i, Func<T, string> print)
    {
        T value = gen.Generate(new PCG((uint)i, 1), null, out _);
        try
        {
            check(value);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"sample {i}, {print(value)}: {e.Message}", e);
        }
    }

    private static void Hold(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("the property does not hold");
    }
}
