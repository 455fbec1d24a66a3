using System.Text;

namespace PeftSharp.Data.Tests.Reading;

/// <summary>Reads text or bytes as if they were a file.</summary>
internal static class ReaderHarness
{
    public static List<DataRow> Read(string name, string text, ReadOptions? options = null) => Read(name, Encoding.UTF8.GetBytes(text), options);

    public static List<DataRow> Read(string name, byte[] bytes, ReadOptions? options = null)
    {
        using TemporaryFiles files = new();
        return [.. DataReader.Read(files.Write(name, bytes), options)];
    }

    /// <summary>The message of the one error that the content must give.</summary>
    public static string Error(string name, string text, ReadOptions? options = null) => Error(name, Encoding.UTF8.GetBytes(text), options);

    public static string Error(string name, byte[] bytes, ReadOptions? options = null) =>
        Assert.Throws<InvalidDataException>(() => Read(name, bytes, options)).Message;

    /// <summary>Every field of a table as text.</summary>
    public static string[][] Fields(IEnumerable<DataRow> rows) => [.. rows.Select(r => r.Columns.Select(r.Text).ToArray())];
}
