using System.Text.Json;

namespace PeftSharp.Text.Tests.Goldens;

/// <summary>Collects differences, so that one failing section shows them all at once.</summary>
internal sealed class GoldenCheck
{
    private readonly List<string> _differences = [];
    private int _checked;

    public void Equal<T>(string what, IEnumerable<T> expected, IEnumerable<T> actual)
    {
        _checked++;
        T[] e = [.. expected], a = [.. actual];
        if (!e.SequenceEqual(a))
            _differences.Add($"{what}\n  expected {JsonSerializer.Serialize(e)}\n  actual   {JsonSerializer.Serialize(a)}");
    }

    public void Equal(string what, string? expected, string? actual)
    {
        _checked++;
        if (expected != actual)
            _differences.Add($"{what}\n  expected {JsonSerializer.Serialize(expected)}\n  actual   {JsonSerializer.Serialize(actual)}");
    }

    public void Done()
    {
        Assert.True(_checked > 0, "nothing was checked");
        Assert.True(_differences.Count == 0,
            $"{_differences.Count} of {_checked} comparisons differ\n" + string.Join('\n', _differences.Take(12)));
    }

    public static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(i => i.GetInt32())];

    public static int[] IntsOrEmpty(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement list) ? Ints(list) : [];

    /// <summary>null is −1.</summary>
    public static int[] NullableInts(JsonElement list) =>
        [.. list.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.Null ? -1 : i.GetInt32())];

    public static int[] Flat(ReadOnlySpan<TokenOffset> offsets)
    {
        List<int> flat = [];
        foreach (TokenOffset offset in offsets)
            flat.AddRange([offset.Start, offset.End]);
        return [.. flat];
    }

    public static int[] Positions(ReadOnlySpan<int> mask)
    {
        List<int> positions = [];
        for (int i = 0; i < mask.Length; i++)
            if (mask[i] == 1)
                positions.Add(i);
        return [.. positions];
    }
}
