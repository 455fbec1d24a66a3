using System.Globalization;
using System.Text;

namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// Names the tensors of a saved object. A state_dict is one dictionary of tensors; in dictionaries and lists within it
/// names are joined by dots, as in <c>optimizer.state.0.exp_avg</c>. Numbers and texts become metadata.
/// </summary>
/// <remarks>
/// A pickle may refer to one value from many places and even from within itself, so a small file can describe a tree that
/// never ends: depth, values visited and the length of all names are bounded.
/// </remarks>
internal sealed class StateDict
{
    private const int MaximumDepth = 32, MaximumNameLength = 4096, MaximumVisits = 1 << 22, MaximumMetadata = 10_000, MaximumText = 1000;
    private const long MaximumNames = 1 << 27;
    private readonly string _file;
    private int _visits;
    private long _nameCharacters;

    private StateDict(string file) => _file = file;

    /// <summary>The tensors by name, in the order of the file.</summary>
    public OrderedDictionary<string, PickledTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>The numbers and texts by name.</summary>
    public OrderedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Names what a file holds.</summary>
    /// <exception cref="InvalidDataException">It is not a dictionary, a name comes twice, or the tree is too large.</exception>
    public static StateDict Of(object? saved, string file)
    {
        if (saved is not PickleDict root)
            throw new InvalidDataException($"{file} holds {Kind(saved)}, not a dictionary of tensors (a state_dict).");
        StateDict all = new(file);
        all.AddDict(root, "", 0);
        return all;
    }

    private void Add(object? value, string name, int depth)
    {
        if (++_visits > MaximumVisits)
            throw Bad($"it holds more than {MaximumVisits} values");
        if (depth > MaximumDepth)
            throw Bad($"{Shown.Quote(name)} lies more than {MaximumDepth} levels deep, or within itself");
        switch (value)
        {
            case PickledTensor tensor:
                if (!Tensors.TryAdd(name, tensor))
                    throw Bad($"tensor {Shown.Quote(name)} appears twice");
                break;
            case PickleDict dict:
                AddDict(dict, name + ".", depth + 1);
                break;
            case PickleList list:
                AddList(list.Items, name, depth + 1);
                break;
            case object?[] tuple:
                AddList(tuple, name, depth + 1);
                break;
            default:
                if (Metadata.Count < MaximumMetadata)
                    Metadata.TryAdd(name, Text(value));
                break;
        }
    }

    private void AddDict(PickleDict dict, string prefix, int depth)
    {
        foreach ((object? key, object? value) in dict.Items)
            Add(value, Join(prefix, Key(key)), depth);
    }

    private void AddList(IReadOnlyList<object?> list, string name, int depth)
    {
        for (int i = 0; i < list.Count; i++)
            Add(list[i], Join(name + ".", i.ToString(CultureInfo.InvariantCulture)), depth);
    }

    private string Key(object? key) => key switch
    {
        string text => text,
        long or bool => Convert.ToString(key, CultureInfo.InvariantCulture)!,
        _ => throw Bad($"a dictionary has {Kind(key)} for a key, not text or a number"),
    };

    private string Join(string prefix, string key)
    {
        string name = prefix + key;
        if (name.Length > MaximumNameLength)
            throw Bad($"the name {Shown.Quote(name)} has more than {MaximumNameLength} characters");
        if ((_nameCharacters += name.Length) > MaximumNames)
            throw Bad($"its names have more than {MaximumNames} characters");
        return IsText(name) ? name : throw Bad($"the name {Shown.Quote(name)} is not text");
    }

    /// <summary>No half of a surrogate pair.</summary>
    private static bool IsText(string name)
    {
        foreach (Rune rune in name.EnumerateRunes())
            if (rune == Rune.ReplacementChar && !name.Contains('\uFFFD', StringComparison.Ordinal))
                return false;
        return true;
    }

    private static string Text(object? value)
    {
        string text = value switch
        {
            null => "None",
            byte[] bytes => $"{bytes.Length} bytes",
            PickledStorage storage => $"a storage of {storage.Count}",
            PickleGlobal global => global.Name,
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        return text.Length > MaximumText ? text[..MaximumText] + "…" : text;
    }

    private static string Kind(object? value) => value switch
    {
        null => "None",
        PickledTensor => "one tensor without a name",
        PickleList => "a list",
        object?[] => "a tuple",
        string => "a text",
        long or double or bool or System.Numerics.BigInteger => "a number",
        _ => "something else",
    };

    private InvalidDataException Bad(string what) => new($"{_file}: {what}.");
}
