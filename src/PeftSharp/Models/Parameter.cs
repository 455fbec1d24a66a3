using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>
/// One named tensor of a backbone, frozen. Training never changes it: a method that trains the tensor puts a
/// trainable copy into the <see cref="TunerPlan"/> of the pass, and <see cref="Pass.Get"/> hands out that copy.
/// </summary>
public sealed class Parameter
{
    internal Parameter(int id, string name, Tensor value, Tensor? stored = null)
    {
        Id = id;
        Name = name;
        Value = value;
        Stored = stored ?? value;
    }

    /// <summary>The place of this parameter in <see cref="BaseModel.Parameters"/>; below 0 for a further name of one of them.</summary>
    public int Id { get; }

    /// <summary>
    /// The parameter whose tensor this one is under another name (<c>lm_head.weight</c> where <c>tie_word_embeddings</c>
    /// is set), or null. Either may be replaced without the other.
    /// </summary>
    public Parameter? TiedTo { get; internal init; }

    /// <summary>The name in checkpoints: the same, but for GPT-NeoX's head, which files of every version call <c>embed_out.weight</c>.</summary>
    public string StoredName { get => field ?? Name; internal init; }

    /// <summary>The Hugging Face name, such as <c>model.layers.3.self_attn.q_proj.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The frozen tensor as nodes compute with it, in the model's compute dtype; owned by the model.</summary>
    public Tensor Value { get; }

    /// <summary>
    /// The same numbers as checkpoints hold them: a view, transposed for the weights of GPT-2's <c>Conv1D</c> (in, out), else
    /// <see cref="Value"/> itself. What stands in for a parameter in a <see cref="TunerPlan"/>, trains and is saved lies so.
    /// </summary>
    public Tensor Stored { get; }

    /// <summary>True where checkpoints hold the tensor transposed.</summary>
    public bool IsTransposed => !ReferenceEquals(Stored, Value);

    /// <summary>Turns a tensor that lies as <see cref="Stored"/> into one that lies as <see cref="Value"/>, or back: a view, or the tensor itself.</summary>
    internal Tensor Turned(Tensor tensor) => IsTransposed ? tensor.t() : tensor;

    /// <summary>True if both are names of one frozen tensor.</summary>
    internal bool Shares(Parameter other) => (TiedTo ?? this) == (other.TiedTo ?? other);

    /// <summary>The module path: the name without its last part.</summary>
    public string ModulePath => Name.LastIndexOf('.') is var dot and > 0 ? Name[..dot] : "";

    /// <summary>The last part of the name: <c>weight</c> or <c>bias</c>.</summary>
    public string LocalName => Name[(Name.LastIndexOf('.') + 1)..];

    /// <summary>The number of values.</summary>
    public long Count => Value.numel();

    internal void Free()
    {
        Stored.Dispose();
        Value.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Value.shape)}] {Value.dtype}";
}
