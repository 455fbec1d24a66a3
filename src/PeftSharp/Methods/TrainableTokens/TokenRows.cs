using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.TrainableTokens;

/// <summary>
/// Rows T of a table with a row for each token are replaced by trainable ones: E'[t] = Δ[t] for t in T, E[t] else. In an
/// embedding they are looked up, in an output head the logits of those tokens are x·Δ[t]. Neither builds a gradient for the
/// whole table.
/// </summary>
internal static class TokenRows
{
    /// <summary>Plugs trainable rows into an embedding or an output head.</summary>
    /// <param name="builder">Where to plug in.</param>
    /// <param name="node">The embedding or head.</param>
    /// <param name="tokens">The token ids.</param>
    /// <param name="ending">What stands behind the node's path in the key of the rows.</param>
    /// <returns>The rows, for the other names of a tied table (<see cref="Tie"/>).</returns>
    /// <exception cref="PeftException">A token id is outside the table, or named twice; or the node is neither.</exception>
    public static Trained Plug(AdapterBuilder builder, Node node, IReadOnlyList<int> tokens, string ending)
    {
        if (node is not (Embedding or Linear { Bias: null }))
            throw new PeftException($"The rows of '{node.Path}' cannot train by token: it is neither an embedding nor an output head without bias.");
        if (tokens.Count == 0)
            throw new PeftException($"No token ids are given for the trainable rows of '{node.Path}'.");
        Parameter table = node.Parameters[0];
        long size = builder.RowsOf(table);
        foreach (int token in tokens)
            if (token < 0 || token >= size)
                throw new PeftException($"Token id {token} is outside the {size} rows of '{node.Path}'.");
        if (tokens.Distinct().Count() != tokens.Count)
            throw new PeftException($"The token ids for the trainable rows of '{node.Path}' are not distinct.");

        Device device = table.Value.device;
        using var scope = NewDisposeScope();
        Tensor indices = builder.Own(tensor(tokens.Select(token => (long)token).ToArray(), device: device));
        // For each row of the table, 1 + its place among the trainable rows, or 0.
        Tensor places = builder.Own(zeros([size], dtype: ScalarType.Int64, device: device));
        places.index_copy_(0, indices, ScalarMath.Range(1, tokens.Count + 1, device));
        Tensor rows = builder.Train($"{node.Path}.{ending}", builder.StartOf(table).index_select(0, indices));
        Trained trained = new(rows, indices, places);
        PlugInto(builder, node, trained);
        return trained;
    }

    /// <summary>Lets the output heads that share an embedding's weight follow its rows.</summary>
    /// <returns>Those heads.</returns>
    public static IReadOnlyList<Linear> Tie(AdapterBuilder builder, Embedding embedding, Trained rows)
    {
        Linear[] heads = [.. builder.Model.Nodes.OfType<Linear>().Where(node => node.Weight.Shares(embedding.Weight))];
        foreach (Linear head in heads)
            PlugInto(builder, head, rows);
        return heads;
    }

    private static void PlugInto(AdapterBuilder builder, Node node, Trained rows)
    {
        if (node is Embedding embedding)
            builder.Plug(embedding, new InEmbedding(rows));
        else
            builder.Plug((Linear)node, new InHead(rows));
    }

    /// <summary>Trainable rows, the token ids they are for, and the place of each token's row.</summary>
    internal sealed record Trained(Tensor Rows, Tensor Indices, Tensor Places)
    {
        public Tensor Into(Tensor weight) => weight.index_copy(0, Indices, Rows.detach());
    }

    private sealed class InEmbedding(Trained trained) : IEmbeddingTuner, IMergeableTuner, IReplacesRows
    {
        public Tensor Forward(Tensor ids, EmbeddingCall next)
        {
            using var scope = NewDisposeScope();
            Tensor frozen = next.Next(ids);
            Tensor place = trained.Places.index_select(0, ids.reshape(-1)).view(ids.shape);
            Tensor rows = Embedding.LookUp(trained.Rows.to(frozen.dtype), place.Plus(-1).AtLeastInPlace(0));
            return where(place.NotBelow(1).unsqueeze(-1), rows, frozen).MoveToOuterDisposeScope();
        }

        public Tensor MergeWeight(Tensor weight) => trained.Into(weight);
    }

    private sealed class InHead(Trained trained) : ILinearTuner, IMergeableTuner, IReplacesRows
    {
        public Tensor Forward(Tensor x, LinearCall next)
        {
            using var scope = NewDisposeScope();
            Tensor frozen = next.Next(x);
            return frozen.index_copy(-1, trained.Indices, Products.Linear(x, trained.Rows.to(x.dtype))).MoveToOuterDisposeScope();
        }

        public Tensor MergeWeight(Tensor weight) => trained.Into(weight);
    }
}

/// <summary>A tuner that replaces single rows of a table, which no low-rank product can.</summary>
internal interface IReplacesRows;
