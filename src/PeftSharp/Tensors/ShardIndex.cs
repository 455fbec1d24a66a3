using System.Text.Json;
using PeftSharp.IO;

namespace PeftSharp.Tensors;

/// <summary>
/// The index of a sharded checkpoint: <c>{"metadata": {…}, "weight_map": {"tensor name": "file name", …}}</c>.
/// </summary>
internal static class ShardIndex
{
    private const long MaximumLength = 100_000_000;

    /// <summary>The file of each tensor, in the order of the index; no name appears twice.</summary>
    /// <exception cref="InvalidDataException">It is not an index of this form.</exception>
    public static OrderedDictionary<string, string> Read(string path)
    {
        byte[] json = SmallFile.ReadBytes(path, MaximumLength);
        try
        {
            return Parse(path, json) ?? throw new InvalidDataException($"{path}: the index has no weight_map.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: the index is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{path}: a string in the index is not text: {e.Message}", e);
        }
    }

    private static OrderedDictionary<string, string>? Parse(string path, ReadOnlySpan<byte> json)
    {
        OrderedDictionary<string, string>? map = null;
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        Utf8JsonReader reader = new(json.StartsWith(mark) ? json[3..] : json, new JsonReaderOptions { MaxDepth = 16 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException($"{path}: the index is not a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMap = reader.GetString() == "weight_map";
            reader.Read();
            if (!isMap)
                reader.Skip();
            else if (map is not null)
                throw new InvalidDataException($"{path}: weight_map appears twice.");
            else
                map = ReadMap(path, ref reader);
        }
        reader.Read();
        return map;
    }

    private static OrderedDictionary<string, string> ReadMap(string path, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException($"{path}: weight_map is not an object.");
        OrderedDictionary<string, string> map = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new InvalidDataException($"{path}: weight_map gives tensor {Shown.Quote(name)} something other than a file name.");
            if (!map.TryAdd(name, reader.GetString()!))
                throw new InvalidDataException($"{path}: weight_map has tensor {Shown.Quote(name)} twice.");
        }
        return map;
    }
}
