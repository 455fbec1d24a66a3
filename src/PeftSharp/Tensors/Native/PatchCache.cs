using System.Security.Cryptography;
using PeftSharp.IO;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// Keeps one adapted library per original on disk, in the user's own cache folder. What lies there is never trusted: the
/// content is compared with what it must be on each use and rewritten if it differs. Safe for several processes at once,
/// since a file only ever appears whole.
/// </summary>
internal static class PatchCache
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = Private | UnixFileMode.UserExecute;

    /// <summary><c>$XDG_CACHE_HOME/peftsharp/native</c>, or the same below <c>~/.cache</c>; null where there is no home.</summary>
    public static string? DefaultFolder()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache) || !Path.IsPathRooted(cache))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (home.Length == 0)
                return null;
            cache = Path.Combine(home, ".cache");
        }
        return Path.Combine(cache, "peftsharp", "native");
    }

    /// <summary>The path of a file in <paramref name="folder"/> that holds exactly <paramref name="patched"/>.</summary>
    /// <param name="folder">The cache folder; made, and closed to other users, if need be.</param>
    /// <param name="original">The original library: its SHA-256 is the name in the cache.</param>
    /// <param name="patched">What the file must hold.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written, or is another user's.</exception>
    public static string Store(string folder, byte[] original, byte[] patched)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("The library cache is for Linux.");
        Directory.CreateDirectory(folder, PrivateFolder);
        // Fails where the folder is another user's, who could swap the file between this check and the load.
        File.SetUnixFileMode(folder, PrivateFolder);
        string path = Path.Combine(folder, $"libLibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(original))}.so");
        if (!Holds(path, patched))
            AtomicFile.Write(path, stream => stream.Write(patched), Private);
        return path;
    }

    private static bool Holds(string path, byte[] expected)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length != expected.Length || file.LinkTarget is not null)
            return false;
        if (!OperatingSystem.IsWindows() && file.UnixFileMode != Private)
            return false;
        return File.ReadAllBytes(path).AsSpan().SequenceEqual(expected);
    }
}
