using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using PeftSharp.IO;

namespace PeftSharp.Workflows.Configuration;

/// <summary>
/// Reads one YAML document. Size, depth and the nodes that aliases add are bounded, tags are refused, and a key may stand
/// only once, so a hostile file costs no more than a large honest one.
/// </summary>
internal sealed class YamlReader
{
    private const int MostBytes = 1 << 20;
    private const int MostNodes = 50_000;
    private const int MostDepth = 32;

    private readonly Dictionary<string, ConfigNode?> _anchors = new(StringComparer.Ordinal);
    private readonly Parser _events;
    private readonly Func<Mark, string> _place;
    private int _nodes;

    private YamlReader(string text, Func<Mark, string> place)
    {
        _events = new Parser(new StringReader(text));
        _place = place;
    }

    /// <summary>Reads a file; the messages name it and the line.</summary>
    /// <exception cref="ConfigException">There is no such file, or it is not one YAML document within the bounds.</exception>
    public static ConfigNode ReadFile(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
            throw new ConfigException(Directory.Exists(path)
                ? $"{path} is a folder; give a YAML file."
                : $"There is no configuration file {path}.");
        return file.Length > MostBytes
            ? throw new ConfigException($"{path}: {file.Length:N0} bytes are too many for a configuration (at most {MostBytes:N0}).")
            : Read(Text(path), mark => $"{path}, line {mark.Line}");
    }

    /// <summary>Reads the value of a flag in YAML's flow syntax, such as <c>[query, value]</c>.</summary>
    /// <exception cref="ConfigException">It is not YAML within the bounds.</exception>
    public static ConfigNode ReadFlag(string flag, string value) => Read(value, _ => flag);

    private static string Text(string path)
    {
        try
        {
            return SmallFile.ReadText(path, MostBytes);
        }
        catch (InvalidDataException error)
        {
            throw new ConfigException(error.Message, error);
        }
    }

    private static ConfigNode Read(string text, Func<Mark, string> place)
    {
        YamlReader reader = new(text, place);
        try
        {
            return reader.Document();
        }
        catch (YamlException error)
        {
            throw new ConfigException($"{place(error.Start)}: not valid YAML: {error.Message}", error);
        }
    }

    private ConfigNode Document()
    {
        _events.Consume<StreamStart>();
        if (_events.Accept<StreamEnd>(out _))
            return new ConfigNode.Map([], _place(new Mark(0, 1, 1)));
        _events.Consume<DocumentStart>();
        ConfigNode root = Node(0);
        _events.Consume<DocumentEnd>();
        return _events.Accept<StreamEnd>(out StreamEnd? _)
            ? root
            : throw new ConfigException($"{_place(_events.Current!.Start)}: a second document begins; a configuration is one.");
    }

    private ConfigNode Node(int depth)
    {
        ParsingEvent at = _events.Current ?? throw new ConfigException("The YAML text ends too early.");
        string place = _place(at.Start);
        if (depth > MostDepth)
            throw new ConfigException($"{place}: more than {MostDepth} levels deep.");
        if (at is AnchorAlias alias)
        {
            _events.MoveNext();
            return Alias(alias.Value.Value, place);
        }
        Spend(1, place);
        NodeEvent start = _events.Current as NodeEvent ?? throw new ConfigException($"{place}: expected a value.");
        if (!start.Tag.IsEmpty && start.Tag.IsNonSpecific is false)
            throw new ConfigException($"{place}: tags such as {start.Tag.Value} are not supported.");
        string? anchor = start.Anchor.IsEmpty ? null : start.Anchor.Value;
        if (anchor is not null)
            _anchors[anchor] = null;
        ConfigNode node = start switch
        {
            Scalar scalar => Scalar(scalar, place),
            SequenceStart => List(depth, place),
            _ => Map(depth, place),
        };
        if (anchor is not null)
            _anchors[anchor] = node;
        return node;
    }

    private ConfigNode.Scalar Scalar(Scalar scalar, string place)
    {
        _events.MoveNext();
        return new(scalar.Value, scalar.Style == ScalarStyle.Plain, place);
    }

    private ConfigNode.List List(int depth, string place)
    {
        _events.Consume<SequenceStart>();
        List<ConfigNode> items = [];
        while (!_events.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new(items, place);
    }

    private ConfigNode.Map Map(int depth, string place)
    {
        _events.Consume<MappingStart>();
        List<KeyValuePair<string, ConfigNode>> members = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        while (!_events.TryConsume<MappingEnd>(out _))
        {
            string keyPlace = _place(_events.Current!.Start);
            if (_events.Current is not Scalar key)
                throw new ConfigException($"{keyPlace}: a key must be a plain name.");
            _events.MoveNext();
            if (!keys.Add(key.Value))
                throw new ConfigException($"{keyPlace}: the key \"{key.Value}\" is there twice.");
            members.Add(new(key.Value, Node(depth + 1)));
        }
        return new(members, place);
    }

    private ConfigNode Alias(string name, string place)
    {
        if (!_anchors.TryGetValue(name, out ConfigNode? node))
            throw new ConfigException($"{place}: *{name} refers to nothing above it.");
        if (node is null)
            throw new ConfigException($"{place}: *{name} refers to what it stands in.");
        Spend(node.Count, place);
        return node;
    }

    private void Spend(int nodes, string place)
    {
        _nodes += nodes;
        if (_nodes > MostNodes)
            throw new ConfigException($"{place}: with its aliases the file has more than {MostNodes:N0} values.");
    }
}
