namespace PeftSharp.Models.Nodes;

/// <summary>
/// A leaf of the backbone: it knows its Hugging Face module path, its parameters, and how to compute its output in a
/// <see cref="Pass"/>. Methods address nodes by path and plug tuners in by <see cref="Id"/>.
/// </summary>
public abstract class Node
{
    private protected Node(int id, string path, params ReadOnlySpan<Parameter?> parameters)
    {
        Id = id;
        Path = path;
        List<Parameter> own = [];
        foreach (Parameter? parameter in parameters)
            if (parameter is not null)
                own.Add(parameter);
        Parameters = own;
    }

    /// <summary>The place of this node in <see cref="BaseModel.Nodes"/>.</summary>
    public int Id { get; }

    /// <summary>The Hugging Face module path, such as <c>model.layers.3.self_attn.q_proj</c>.</summary>
    public string Path { get; }

    /// <summary>The last part of the path: what users write in <c>target_modules</c>.</summary>
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>The path of the module that this one is in; empty for the outermost.</summary>
    public string ModulePath => Path.LastIndexOf('.') is var dot and > 0 ? Path[..dot] : "";

    /// <summary>The parameters of this node, in the order of its constructor; tied ones are shared with another node.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path} ({GetType().Name})";
}
