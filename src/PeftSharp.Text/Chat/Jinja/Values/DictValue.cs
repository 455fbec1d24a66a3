using System.Diagnostics.CodeAnalysis;
using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>Keys and their values, in the order in which the keys came. It never changes once built.</summary>
internal sealed class DictValue : Value
{
    private readonly Dictionary<Value, Value> _values = new(KeyEquality.Instance);
    private readonly List<Value> _keys = [];

    public DictValue(IEnumerable<(Value Key, Value Value)> pairs)
    {
        long weight = 1;
        foreach ((Value key, Value value) in pairs)
        {
            if (_values.TryAdd(key, value))
                _keys.Add(key);
            else
                _values[key] = value;
            weight += key.Weight + value.Weight;
            if (weight > SequenceValue.MostWeight)
                throw new TemplateFault($"a dictionary grew beyond {SequenceValue.MostWeight} items");
        }
        Weight = weight;
    }

    public override string TypeName => "dict";

    public override bool IsTrue => _keys.Count > 0;

    public override long Weight { get; }

    public int Count => _keys.Count;

    public IReadOnlyList<Value> Keys => _keys;

    public IEnumerable<(Value Key, Value Value)> Pairs => _keys.Select(key => (key, _values[key]));

    public bool TryGet(Value key, [NotNullWhen(true)] out Value? value) => _values.TryGetValue(key, out value);

    public bool TryGet(string key, [NotNullWhen(true)] out Value? value) => TryGet(new StringValue(key), out value);
}
