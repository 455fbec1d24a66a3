namespace PeftSharp.IO;

/// <summary>
/// Reads the small files that come with models, adapters and runs (configs, tokenizers, labels, indexes): whole, up to a
/// bounded size, and regular files only, for a device or a pipe under such a name would be read without end. Links are
/// followed.
/// </summary>
internal static class SmallFile
{
    /// <summary>The most bytes of a file of settings.</summary>
    public const long MostOfSettings = 64L << 20;

    /// <summary>The most bytes of a tokenizer, whose vocabulary may be large.</summary>
    public const long MostOfTokenizer = 512L << 20;

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty, too long, or no regular file.</exception>
    public static byte[] ReadBytes(string path, long most = MostOfSettings)
    {
        (string real, long length) = Require(path);
        if (length > most)
            throw new InvalidDataException($"{path} has {length} bytes; a file of this kind has at most {most}.");
        byte[] bytes = new byte[length];
        using FileStream file = new(real, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == length
            ? bytes
            : throw new InvalidDataException($"{path} has become shorter while it was read.");
    }

    /// <summary>The text of a file, UTF-8 unless a mark at its beginning says otherwise.</summary>
    /// <inheritdoc cref="ReadBytes"/>
    public static string ReadText(string path, long most = MostOfSettings)
    {
        using StreamReader reader = new(new MemoryStream(ReadBytes(path, most)));
        return reader.ReadToEnd();
    }

    /// <summary>The path without links, and the length, of a file with something in it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty or no regular file: to the system, devices and pipes have no length.</exception>
    public static (string Real, long Length) Require(string path)
    {
        string real = RealPath.Of(path);
        FileInfo file = new(real);
        if (!file.Exists)
            throw new FileNotFoundException($"There is no file {path}.", path);
        return file.Length > 0
            ? (real, file.Length)
            : throw new InvalidDataException($"{path} is empty, or it is no regular file but a device or a pipe.");
    }
}
