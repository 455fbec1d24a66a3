using System.Runtime.InteropServices;

namespace PeftSharp.Tensors.Native;

/// <summary>The few calls into glibc that PeftSharp makes; <see cref="Version"/> is null where the C library is another one.</summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc.so.6";

    /// <summary>glibc's version, such as 2.36; null on other systems and other C libraries (musl).</summary>
    public static Version? Version { get; } = ReadVersion();

    /// <summary><c>mallopt(3)</c>: 1 on success.</summary>
    [LibraryImport(Library, EntryPoint = "mallopt")]
    public static partial int MallOpt(int parameter, int value);

    /// <summary><c>setenv(3)</c>: 0 on success. Changes the environment that native code sees.</summary>
    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetEnv(string name, string value, int overwrite);

    private static Version? ReadVersion()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal))
            return null;
        if (!NativeLibrary.TryLoad(Library, out nint handle) || !NativeLibrary.TryGetExport(handle, "gnu_get_libc_version", out nint export))
            return null;
        string? text = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)export)());
        return Version.TryParse(text, out Version? version) ? version : null;
    }
}
