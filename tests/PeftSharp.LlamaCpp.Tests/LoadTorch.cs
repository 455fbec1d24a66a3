using System.Runtime.CompilerServices;
using PeftSharp.Tensors.Native;

namespace PeftSharp.LlamaCpp.Tests;

/// <summary>Lets tests use torch directly.</summary>
internal static class LoadTorch
{
    [ModuleInitializer]
    internal static void Run() => NativeLoader.EnsureLoaded();
}
