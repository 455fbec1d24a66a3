using System.Runtime.InteropServices;

namespace PeftSharp.IO;

/// <summary>The few calls into glibc that PeftSharp makes; <see cref="Version"/> is null where the C library is another one.</summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc.so.6";

    /// <summary>glibc's version, such as 2.36; null on other systems and other C libraries (musl).</summary>
    public static Version? Version { get; } = ReadVersion();

    /// <summary><c>mallopt(3)</c>: 1 on success.</summary>
    [LibraryImport(Library, EntryPoint = "mallopt")]
    public static partial int MallOpt(int parameter, int value);

    /// <summary><c>malloc_trim(3)</c>: gives free blocks back to the system.</summary>
    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    public static partial int MallocTrim(nuint pad);

    /// <summary><c>setenv(3)</c>: 0 on success. Changes the environment that native code sees.</summary>
    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetEnv(string name, string value, int overwrite);

    /// <summary>For <see cref="MAdvise"/>: take the pages out of memory; their contents are kept where they came from, or in swap.</summary>
    public const int PageOut = 21;

    /// <summary><c>madvise(2)</c>: 0 on success. The address is that of a page.</summary>
    [LibraryImport(Library, EntryPoint = "madvise")]
    public static partial int MAdvise(nint address, nint length, int advice);

    /// <summary>Flushes a folder's entries to the disk, so that a rename in it outlives a power cut; nothing where the system has no such call.</summary>
    public static void SyncFolder(string path)
    {
        if (Version is null)
            return;
        int descriptor = Open(path, 0);
        if (descriptor < 0)
            throw new IOException($"{path} cannot be opened (error {Marshal.GetLastPInvokeError()}).");
        int result = Sync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        // Some file systems (network shares) cannot sync a folder and say EINVAL; there is nothing more to do there.
        const int InvalidArgument = 22;
        if (result != 0 && error != InvalidArgument)
            throw new IOException($"{path} cannot be flushed to the disk (error {error}).");
    }

    /// <summary><c>_exit(2)</c>: ends the process without running anything more of it.</summary>
    [LibraryImport(Library, EntryPoint = "_exit")]
    public static partial void ExitNow(int status);

    /// <summary>Lets two paths change places in one step, so that each is there at any moment; false where the system or its file system cannot.</summary>
    /// <exception cref="IOException">It can, and it failed.</exception>
    public static bool TryExchange(string one, string other)
    {
        if (Version is null)
            return false;
        try
        {
            const int CurrentFolder = -100;
            const uint Exchange = 2;
            if (RenameAt2(CurrentFolder, one, CurrentFolder, other, Exchange) == 0)
                return true;
        }
        catch (EntryPointNotFoundException)
        {
            // glibc before 2.28.
            return false;
        }
        const int NotImplemented = 38, InvalidArgument = 22, NotSupported = 95;
        return Marshal.GetLastPInvokeError() switch
        {
            NotImplemented or InvalidArgument or NotSupported => false,
            int error => throw new IOException($"{one} and {other} could not change places (error {error})."),
        };
    }

    [LibraryImport(Library, EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameAt2(int folder, string one, int otherFolder, string other, uint flags);

    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int descriptor);

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
