using System.Runtime.CompilerServices;
using PeftSharp.Tensors.Native;

namespace PeftSharp.Tests.Tensors;

/// <summary>Lets every test of this project use torch directly, whatever it touches first.</summary>
internal static class LoadTorch
{
    [ModuleInitializer]
    internal static void Run() => NativeLoader.EnsureLoaded();
}
