using System.Runtime.CompilerServices;
using PeftSharp.Tensors.Native;
using TorchSharp;

namespace PeftSharp.Tests.Tensors;

/// <summary>Lets every test of this project use torch directly, whatever it touches first.</summary>
internal static class LoadTorch
{
    [ModuleInitializer]
    internal static void Run()
    {
        NativeLoader.EnsureLoaded();
        // The test classes run side by side; the models are so small that a second thread in each only waits.
        torch.set_num_threads(1);
    }
}
