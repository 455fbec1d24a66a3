using PeftSharp.Kernels;
using PeftSharp.Adapters;
using PeftSharp.Models.Nodes;
using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Methods.TrainableTokens;

/// <summary>
/// Rows T of an embedding table are replaced by trainable ones: E'[t] = Δ[t] for t in T, E[t] else. Where the table is
/// also the output head, its logits of those tokens are x·Δ[t]. Neither side builds a gradient for the whole table.
/// </summary>
internal sealed class TokenRows : IEmbeddingTuner, IMergeableTuner, IChangesTiedWeights
{
    private readonly Tensor _rows;
    private readonly Tensor _indices;
    private readonly Tensor _places;

    private TokenRows(Tensor rows, Tensor indices, Tensor places)
    {
        _rows = rows;
        _indices = indices;
        _places = places;
    }

    /// <summary>Plugs trainable rows into an embedding and, where it is tied, into the output head.</summary>
    /// <param name="builder">Where to plug in.</param>
    /// <param name="embedding">The embedding.</param>
    /// <param name="tokens">The token ids.</param>
    /// <param name="key">The key of the rows in the saved file.</param>
    /// <exception cref="PeftException">A token id is outside the table, or named twice.</exception>
    public static void Plug(AdapterBuilder builder, Embedding embedding, IReadOnlyList<int> tokens, string key)
    {
        if (tokens.Count == 0)
            throw new PeftException($"No token ids are given for the trainable rows of '{embedding.Path}'.");
        foreach (int token in tokens)
            if (token < 0 || token >= embedding.Rows)
                throw new PeftException($"Token id {token} is outside the {embedding.Rows} rows of '{embedding.Path}'.");
        if (tokens.Distinct().Count() != tokens.Count)
            throw new PeftException($"The token ids for the trainable rows of '{embedding.Path}' are not distinct.");

        Device device = embedding.Weight.Value.device;
        using var scope = NewDisposeScope();
        Tensor indices = builder.Own(tensor(tokens.Select(token => (long)token).ToArray(), device: device));
        // For each row of the table, 1 + its place among the trainable rows, or 0.
        Tensor places = builder.Own(zeros([embedding.Rows], dtype: ScalarType.Int64, device: device));
        places.index_copy_(0, indices, ScalarMath.Range(1, tokens.Count + 1, device));
        Tensor rows = builder.Train(key, embedding.Weight.Value.index_select(0, indices));
        builder.Plug(embedding, new TokenRows(rows, indices, places));
        foreach (Linear head in builder.Model.Nodes.OfType<Linear>().Where(node => node.Weight == embedding.Weight))
            builder.Plug(head, new TiedLogits(rows, indices));
    }

    public Tensor Forward(Tensor ids, EmbeddingCall next)
    {
        using var scope = NewDisposeScope();
        Tensor frozen = next.Next(ids);
        Tensor place = _places.index_select(0, ids.reshape(-1)).view(ids.shape);
        Tensor trained = Embedding.LookUp(_rows.to(frozen.dtype), place.Plus(-1).AtLeastInPlace(0));
        return where(place.NotBelow(1).unsqueeze(-1), trained, frozen).MoveToOuterDisposeScope();
    }

    public Tensor MergeWeight(Tensor weight) => weight.index_copy(0, _indices, _rows.detach());

    /// <summary>The output head's side of a tied table.</summary>
    private sealed class TiedLogits(Tensor rows, Tensor indices) : ILinearTuner, IMergedElsewhere
    {
        public Tensor Forward(Tensor x, LinearCall next)
        {
            using var scope = NewDisposeScope();
            Tensor frozen = next.Next(x);
            return frozen.index_copy(-1, indices, nn.functional.linear(x, rows.to(x.dtype))).MoveToOuterDisposeScope();
        }
    }
}
