using System.Runtime.CompilerServices;
using PeftSharp.Tensors.Native;
using TorchSharp;

namespace PeftSharp.Tests.Tensors;

/// <summary>Lets every test of this project use torch directly, whatever it touches first.</summary>
internal static class LoadTorch
{
    /// <summary>The threads that the loader gave torch.</summary>
    internal static int ThreadsOnceLoaded { get; private set; }

    [ModuleInitializer]
    internal static void Run()
    {
        NativeLoader.EnsureLoaded();
        ThreadsOnceLoaded = torch.get_num_threads();
        // The test classes run side by side; the models are so small that a second thread in each only waits.
        torch.set_num_threads(1);
    }
}
