using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using static TorchSharp.torch;

namespace PeftSharp.Models.Gguf;

/// <summary>The tensors of a LLaMA GGUF file under Hugging Face's names, with the rows of queries and keys in its order.</summary>
internal sealed class LlamaGgufCheckpoint : ICheckpoint
{
    // Of no use where positions are computed: constants of rotary embeddings.
    private static readonly string[] _passedOver = [LlamaRope.FactorsName, ".attn_rot_embd.weight", ".rope_freqs.weight"];
    private readonly GgufFile _file;
    private readonly OrderedDictionary<string, string> _stored = new(StringComparer.Ordinal);
    private readonly int _heads, _groups;

    /// <param name="file">Owned from now on.</param>
    /// <exception cref="InvalidDataException">A tensor is none of a LLaMA model's, or the heads do not divide it.</exception>
    public LlamaGgufCheckpoint(GgufFile file)
    {
        _file = file;
        (_heads, _groups, _) = LlamaGgufConfig.HeadsOf(ModelConfig.Parse(LlamaGgufConfig.ToConfig(file).ToJsonString(), file.Path));
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            if (_passedOver.Any(name => tensor.Name.EndsWith(name, StringComparison.Ordinal)))
                continue;
            string name = LlamaNames.ToHuggingFace(tensor.Name)
                ?? throw new InvalidDataException($"{file.Path}: tensor {Shown.Quote(tensor.Name)} is none of a LLaMA model's.");
            if (HeadRows.Of(name, _heads, _groups) is var heads and > 0 && (tensor.Shape.Count == 0 || tensor.Shape[0] % (2L * heads) != 0))
                throw new InvalidDataException($"{file.Path}: tensor {Shown.Quote(tensor.Name)} is [{string.Join(", ", tensor.Shape)}], which {heads} heads do not divide.");
            _stored.Add(name, tensor.Name);
        }
        Names = [.. _stored.Keys];
    }

    public string Path => _file.Path;

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public bool Contains(string name) => _stored.ContainsKey(name);

    public TensorInfo Info(string name) => _file.Info(Stored(name)) with { Name = name };

    public Tensor Load(string name)
    {
        Tensor stored = _file.Load(Stored(name));
        if (HeadRows.Of(name, _heads, _groups) is var heads and > 0)
            using (stored)
                return HeadRows.ToHuggingFace(stored, heads);
        return stored;
    }

    public void Dispose() => _file.Dispose();

    private string Stored(string name) => _stored.TryGetValue(name, out string? stored)
        ? stored
        : throw new InvalidDataException($"{Path} has no tensor for {Shown.Quote(name)}.");
}
