using PeftSharp.IO;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Inference.Embedding;

/// <summary>act(W v + b), and v or its projection added where the module has a residual.</summary>
internal sealed class DenseStage : IVectorStage
{
    private const string TorchPrefix = "torch.";

    private readonly Tensor _weight;
    private readonly Tensor? _bias;
    private readonly Func<Tensor, Tensor>? _activation;
    private readonly bool _residual;
    private readonly Tensor? _projection;

    private DenseStage(StageWeights weights, JsonSettings settings)
    {
        int inputs = settings.Size("in_features");
        int outputs = settings.Size("out_features");
        _activation = Activation(settings);
        _residual = settings.Flag("use_residual", false);
        _weight = weights.Load("linear.weight", outputs, inputs);
        _bias = settings.Flag("bias", true) ? weights.Load("linear.bias", outputs) : null;
        _projection = _residual && inputs != outputs ? weights.Load("residual.weight", outputs, inputs) : null;
    }

    /// <summary>Reads <c>config.json</c> and the weights beside it.</summary>
    /// <exception cref="PeftException">The files contradict each other or ask for what is not supported.</exception>
    public static DenseStage Load(string folder)
    {
        JsonSettings settings = JsonSettings.Load(Path.Combine(folder, SentenceFolder.ConfigName));
        SentenceFolder.RequireSentenceVectors(settings);
        // What fails half-way frees what it has.
        using var scope = NewDisposeScope();
        using StageWeights weights = new(folder);
        DenseStage stage = new(weights, settings);
        SentenceFolder.RefuseUnread(settings);
        foreach (Tensor? tensor in stage.Tensors)
            tensor?.DetachFromDisposeScope();
        return stage;
    }

    private Tensor?[] Tensors => [_weight, _bias, _projection];

    public int Width(int width) => width == _weight.shape[1]
        ? (int)_weight.shape[0]
        : throw new PeftException($"A Dense module takes vectors of {_weight.shape[1]} numbers and gets those of {width}.");

    public Tensor Forward(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        Tensor product = FrozenLinear.Forward(vectors, _weight, _bias);
        Tensor active = _activation is null ? product : _activation(product);
        if (_residual)
            active = active.Plus(_projection is null ? vectors : FrozenLinear.Forward(vectors, _projection, bias: null));
        return active.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Tensor? tensor in Tensors)
            tensor?.Dispose();
    }

    /// <summary>The class of torch that the config names; without a name it is Tanh, as in sentence-transformers. Null for Identity.</summary>
    private static Func<Tensor, Tensor>? Activation(JsonSettings settings)
    {
        const string key = "activation_function";
        string name = settings.Text(key, "torch.nn.modules.activation.Tanh");
        if (!name.StartsWith(TorchPrefix, StringComparison.Ordinal))
            throw new PeftException($"{settings.Source}: '{key}' is {name}, which is code of the model's own; only torch's activations are supported.");
        string plain = name[(name.LastIndexOf('.') + 1)..];
        return plain == "Identity" ? null : Activations.Of(plain, $"{settings.Source}: {key}");
    }
}
