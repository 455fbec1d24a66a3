using PeftSharp.Models.Nodes;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>The weights of a base for a model of the same layers in another order: its own tensors, none copied.</summary>
internal sealed class ReplicaWeights(BaseModel source, LayerOrder order, string layersPath) : IWeightSource
{
    public string Source => source.Folder ?? source.Config.Source;

    /// <summary>What the base had to make afresh.</summary>
    public IReadOnlyList<string> NewlyInitialised => source.NewlyInitialised;

    /// <summary>Who uses the base.</summary>
    public UseCount Users => source.Users;

    public IReadOnlyList<int> Layers => order.Sources;

    public bool Has(string name) => Find(name) is not null;

    public Tensor Load(string name, long[] shape, ScalarType dtype, Device device, bool transposed) => Find(name)!.Value.alias().DetachFromDisposeScope();

    public Linear? Shared(string path) => source.FindNode(order.InBase(path, layersPath)) as Linear;

    public void Dispose()
    {
        // The base is its owner's.
    }

    private Parameter? Find(string name) => source.FindParameter(order.InBase(name, layersPath));
}
