using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PeftSharp.IO;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// Errors that libtorch throws where nothing hands them on to .NET: some of TorchSharp's calls are unguarded, and C++ then ends
/// the process with a page of addresses. A program that asks for it says one line instead and ends with exit code 1.
/// </summary>
public static unsafe class NativeFailure
{
    private const string Library = "libstdc++.so.6";

    private static delegate* unmanaged<nint> s_currentType;
    // std::current_exception(): what it gives is one pointer, to the object that was thrown, and goes where the first argument says.
    private static delegate* unmanaged<nint*, nint> s_currentException;

    /// <summary>From now on this process ends so. Nothing where the C++ library is another one.</summary>
    public static void SayInOneLine()
    {
        if (LibC.Version is null || !NativeLibrary.TryLoad(Library, out nint library)
            || !NativeLibrary.TryGetExport(library, "_ZSt13set_terminatePFvvE", out nint setTerminate)
            || !NativeLibrary.TryGetExport(library, "__cxa_current_exception_type", out nint type)
            || !NativeLibrary.TryGetExport(library, "_ZSt17current_exceptionv", out nint thrown))
            return;
        s_currentType = (delegate* unmanaged<nint>)type;
        s_currentException = (delegate* unmanaged<nint*, nint>)thrown;
        ((delegate* unmanaged<delegate* unmanaged<void>, nint>)setTerminate)(&End);
    }

    /// <summary>The line for what libtorch said.</summary>
    internal static string Line(string said) => MemoryErrors.Says(said)
        ? "error: there is not enough memory; make per_device_train_batch_size, max_length or the batch size smaller."
        : $"error: libtorch: {said.Split('\n')[0].Trim()} (this is a fault of peft)";

    [UnmanagedCallersOnly]
    private static void End()
    {
        Console.Error.WriteLine(Line(Said()));
        Console.Error.Flush();
        LibC.ExitNow(1);
    }

    private static string Said()
    {
        nint type = s_currentType();
        string name = type == 0 ? "" : Marshal.PtrToStringUTF8(Unsafe.Read<nint>((void*)(type + sizeof(nint)))) ?? "";
        // Of these namespaces everything that is thrown is a std::exception, whose third virtual function is what().
        if (!name.StartsWith("N3c10", StringComparison.Ordinal) && !name.StartsWith("St", StringComparison.Ordinal))
            return $"an error of the kind {name}";
        nint error;
        s_currentException(&error);
        nint table = Unsafe.Read<nint>((void*)error);
        nint what = Unsafe.Read<nint>((void*)(table + 2 * sizeof(nint)));
        return Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)what)(error)) ?? name;
    }
}
