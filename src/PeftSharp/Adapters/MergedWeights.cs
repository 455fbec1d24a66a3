using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>A base model's weights with adapters written into them. Only the weights that changed are held.</summary>
public sealed class MergedWeights : IDisposable
{
    private readonly BaseModel _model;
    private readonly Dictionary<int, Tensor> _changed;

    internal MergedWeights(BaseModel model, Dictionary<int, Tensor> changed)
    {
        _model = model;
        _changed = changed;
        Plan = new TunerPlan([], [], changed);
    }

    /// <summary>The plan that runs the model on these weights.</summary>
    public TunerPlan Plan { get; }

    /// <summary>The names of the weights that differ from the base's.</summary>
    public IEnumerable<string> ChangedNames => _changed.Keys.Select(id => _model.Parameters[id].Name);

    /// <summary>The tensor of a name: the merged one, else the base's; the caller does not dispose it.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such parameter.</exception>
    public Tensor this[string name]
    {
        get
        {
            Parameter parameter = _model.FindParameter(name) ?? throw new KeyNotFoundException($"The model has no parameter '{name}'.");
            return _changed.TryGetValue(parameter.Id, out Tensor? value) ? value : parameter.Value;
        }
    }

    /// <summary>Every parameter of the merged model, in the order of the model.</summary>
    public IEnumerable<(string Name, Tensor Value)> All() =>
        _model.Parameters.Select(parameter => (parameter.Name, this[parameter.Name]));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _changed.Values)
            tensor.Dispose();
    }
}
