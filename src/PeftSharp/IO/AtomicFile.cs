using System.Text;

namespace PeftSharp.IO;

/// <summary>
/// Writes a file so that a reader, a crash or a full disk never meets half of it: the content goes to a temporary
/// sibling, is flushed to the disk, and is then renamed over the target.
/// </summary>
public static class AtomicFile
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes <paramref name="path"/> through a stream; the folder must exist.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="write">Writes the content. If it throws, the temporary file is removed and the old file is untouched.</param>
    /// <exception cref="IOException">The disk is full or the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, mode: null);

    /// <summary>Writes text as UTF-8 without a byte-order mark; line ends are written as they are in the text.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="text">The whole content.</param>
    public static void WriteText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] bytes = _utf8.GetBytes(text);
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, with the file's permissions where the system has them.</summary>
    internal static void Write(string path, Action<Stream> write, UnixFileMode? mode)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Path.GetFullPath(path);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (mode is not null && !OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;

        FileStream stream = new(temporary, options);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
