namespace PeftSharp.Models;

/// <summary>Which layers of a base run one after another, where that is not each once: peft's <c>layer_replication</c>.</summary>
internal sealed class LayerOrder
{
    /// <summary>Ranges cost their writer nothing, and each layer of them its nodes here.</summary>
    private const int Most = 4096;

    private LayerOrder(int[] sources) => Sources = sources;

    /// <summary>The base's layer that stands at each place.</summary>
    public IReadOnlyList<int> Sources { get; }

    /// <summary>The same for the same order.</summary>
    public string Key => string.Join(',', Sources);

    /// <summary>The layers of some ranges, one range after another.</summary>
    /// <param name="ranges">The first layer of each, and the one behind its last.</param>
    /// <param name="layers">The base's layers.</param>
    /// <exception cref="PeftException">A range is empty or not among the layers.</exception>
    public static LayerOrder Of(IEnumerable<(int Start, int End)> ranges, int layers)
    {
        List<int> sources = [];
        foreach ((int start, int end) in ranges)
        {
            if (start < 0 || end <= start || end > layers)
                throw new PeftException($"layer_replication: [{start}, {end}] is no range of the {layers} layers of this model; it names the first one and the one behind the last, from 0.");
            sources.AddRange(Enumerable.Range(start, end - start));
            if (sources.Count > Most)
                throw new PeftException($"layer_replication makes more than {Most} layers.");
        }
        return sources.Count > 0 ? new([.. sources]) : throw new PeftException("layer_replication names no layers.");
    }

    /// <summary>The base's name of what a name means in this order.</summary>
    /// <param name="name">A path or a parameter's name.</param>
    /// <param name="layersPath">What stands before the number of a layer.</param>
    public string InBase(string name, string layersPath)
    {
        if (!name.StartsWith(layersPath, StringComparison.Ordinal))
            return name;
        string rest = name[layersPath.Length..];
        int dot = rest.IndexOf('.', StringComparison.Ordinal);
        string number = dot < 0 ? rest : rest[..dot];
        return int.TryParse(number, out int layer) && layer < Sources.Count ? $"{layersPath}{Sources[layer]}{rest[number.Length..]}" : name;
    }
}
