using static TorchSharp.torch;

namespace PeftSharp.Tests.Training;

/// <summary>Gives torch two threads, as on a machine of two cores, until disposed.</summary>
internal sealed class TwoThreads : IDisposable
{
    private readonly int _before = get_num_threads();

    public TwoThreads() => set_num_threads(2);

    public void Dispose() => set_num_threads(_before);
}
