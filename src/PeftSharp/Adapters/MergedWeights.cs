using System.Text.Json.Nodes;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Adapters;

/// <summary>A base model's weights with adapters written into them. Only the weights that changed are held.</summary>
public sealed class MergedWeights : IDisposable
{
    private readonly BaseModel _model;
    private readonly Dictionary<int, Tensor> _changed;
    private readonly Parameter[] _untied;

    internal MergedWeights(BaseModel model, Dictionary<int, Tensor> changed)
    {
        _model = model;
        _changed = changed;
        _untied = [.. model.TiedParameters.Where(tied => !IsStillTied(tied))];
        Users = new UseCount(this, Free);
        Plan = new TunerPlan([], [], changed) { Owners = [Users] };
    }

    /// <summary>The plan that runs the model on these weights.</summary>
    public TunerPlan Plan { get; }

    /// <summary>The calls that use them.</summary>
    internal UseCount Users { get; }

    /// <summary>The names of the weights that differ from the base's.</summary>
    public IEnumerable<string> ChangedNames => _changed.Keys.Select(id => _model.ParameterOf(id).Name);

    /// <summary>The tensor of a name: the merged one, else the base's, as a checkpoint holds it; the caller does not dispose it.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such parameter.</exception>
    public Tensor this[string name]
    {
        get
        {
            Parameter parameter = _model.FindParameter(name) ?? throw new KeyNotFoundException($"The model has no parameter '{name}'.");
            return Of(parameter);
        }
    }

    /// <summary>Every parameter of the merged model under its name in checkpoints, in the order of the model.</summary>
    public IEnumerable<(string Name, Tensor Value)> All() =>
        _model.Parameters.Concat(_untied).Select(parameter => (parameter.StoredName, Of(parameter))).Concat(_model.Buffers.Select(buffer => (buffer.Key, buffer.Value)));

    /// <summary>The base's config as it holds for these weights: whether the head is the embedding, and the size of the vocabulary.</summary>
    public ModelConfig Config
    {
        get
        {
            JsonObject config = JsonNode.Parse(_model.Config.Json)!.AsObject();
            if (AreUntied)
                config["tie_word_embeddings"] = false;
            if (this[_model.TokenEmbedding.Weight.Name].shape[0] is var rows && rows != _model.VocabularySize)
                config["vocab_size"] = rows;
            return ModelConfig.Parse(config.ToJsonString(), _model.Config.Source);
        }
    }

    /// <summary>True where the output head and the embedding of a model that ties them differ now: its config must say that they are two.</summary>
    public bool AreUntied => _untied.Length > 0;

    /// <summary>Frees the tensors as soon as no call uses them.</summary>
    public void Dispose() => Users.Close();

    private void Free()
    {
        foreach (Tensor tensor in _changed.Values)
            tensor.Dispose();
    }

    private Tensor Of(Parameter parameter) => _changed.TryGetValue(parameter.Id, out Tensor? value) ? value : parameter.Stored;

    private bool IsStillTied(Parameter tied)
    {
        Tensor one = Of(tied), other = Of(tied.TiedTo!);
        using var scope = NewDisposeScope();
        return ReferenceEquals(one, other) || (one.shape.SequenceEqual(other.shape) && !one.ne(other).any().item<bool>());
    }
}
