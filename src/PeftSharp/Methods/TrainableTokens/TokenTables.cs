using PeftSharp.Adapters;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Methods.TrainableTokens;

/// <summary>Trainable token rows beside another method (HF's <c>trainable_token_indices</c>; <c>set_additional_trainable_modules</c> in peft's utils/other.py).</summary>
internal static class TokenTables
{
    private const string Ending = "token_adapter.trainable_tokens_delta";

    /// <summary>Plugs the rows into each table that is named; heads tied to the embedding follow it unless they have other tokens of their own.</summary>
    /// <param name="builder">Where to plug in.</param>
    /// <param name="targets">The nodes that the method adapts.</param>
    /// <param name="tokens">Token ids by the end of a module's path; the empty name is the token embedding.</param>
    /// <param name="keepTies">HF's <c>ensure_weight_tying</c>.</param>
    /// <exception cref="PeftException">A name is no table of the model, or is adapted or trained whole as well.</exception>
    public static void Plug(AdapterBuilder builder, IReadOnlyList<Node> targets, IReadOnlyDictionary<string, IReadOnlyList<int>> tokens, bool keepTies)
    {
        Embedding embedding = builder.Model.TokenEmbedding;
        List<(Node Node, IReadOnlyList<int> Tokens)> tables = [.. tokens.SelectMany(pair => Named(builder, pair.Key).Select(node => (node, pair.Value)))];
        IReadOnlyList<int>? ofEmbedding = tables.FirstOrDefault(table => table.Node == embedding).Tokens;
        (Node Node, IReadOnlyList<int> Tokens)[] tied = [.. tables.Where(table => ofEmbedding is not null && table.Node is Linear head && head.Weight.Shares(embedding.Weight))];
        bool alike = tied.All(table => table.Tokens.SequenceEqual(ofEmbedding!));
        if (!alike && keepTies)
            throw new PeftException($"ensure_weight_tying needs the same tokens for '{embedding.Path}' and '{tied[0].Node.Path}' in trainable_token_indices.");
        foreach ((Node node, IReadOnlyList<int> ids) in tables)
        {
            if (targets.Contains(node))
                throw new PeftException($"'{node.Path}' cannot be in target_modules and in trainable_token_indices.");
            if (ModulesToSave.WrapperOf(builder.ModulesToSave, node.Path) is { } module)
                throw new PeftException($"'{node.Path}' cannot train by token (trainable_token_indices) and whole (modules_to_save: '{module}').");
            if (alike && tied.Any(table => table.Node == node))
                continue;
            TokenRows.Trained rows = TokenRows.Plug(builder, node, ids, Ending);
            if (node == embedding && alike)
                TokenRows.Tie(builder, embedding, rows);
        }
    }

    private static Node[] Named(AdapterBuilder builder, string name)
    {
        if (name.Length == 0)
            return [builder.Model.TokenEmbedding];
        Node[] nodes = [.. builder.Model.Nodes.Where(node => node is Embedding or Linear && node.Path.EndsWith(name, StringComparison.Ordinal))];
        return nodes.Length > 0 ? nodes : throw new PeftException($"trainable_token_indices names '{name}', which is no embedding or output head of this model; the embedding is '{builder.Model.TokenEmbedding.Path}'.");
    }
}
