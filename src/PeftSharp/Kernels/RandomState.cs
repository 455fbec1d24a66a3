using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>The one place that knows where the numbers behind dropout come from: the state that decides what is drawn next.</summary>
internal static class RandomState
{
    /// <summary>The present state; the caller owns it.</summary>
    public static Tensor Take()
    {
        using Generator generator = Source();
        return generator.get_state();
    }

    /// <summary>Draws from a state on until the result is disposed, which goes on from where the caller was.</summary>
    public static IDisposable From(Tensor state)
    {
        Return back = new(Take().DetachFromDisposeScope());
        Set(state);
        return back;
    }

    private static void Set(Tensor state)
    {
        using Generator generator = Source();
        generator.set_state(state);
        GC.KeepAlive(state);
    }

    private static Generator Source() => Generator.Default;

    private sealed class Return(Tensor state) : IDisposable
    {
        public void Dispose()
        {
            Set(state);
            state.Dispose();
        }
    }
}
