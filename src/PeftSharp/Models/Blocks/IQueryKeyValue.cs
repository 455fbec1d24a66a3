using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The projections in front of attention: how queries, keys and values lie in a family's weights.</summary>
internal interface IQueryKeyValue
{
    /// <summary>Query heads.</summary>
    int Heads { get; }

    /// <summary>Key/value heads.</summary>
    int KeyValueHeads { get; }

    /// <summary>The width of a head.</summary>
    int HeadWidth { get; }

    /// <summary>The path of the module that they are in.</summary>
    string Path { get; }

    /// <summary>(batch, T, hidden) → (batch, heads, T, head width) each; views of what was projected.</summary>
    (Tensor Q, Tensor K, Tensor V) Forward(Tensor x, Pass pass);
}

/// <summary>The norms of queries and keys, before rotation.</summary>
/// <param name="Query">That of the queries.</param>
/// <param name="Key">That of the keys.</param>
/// <param name="OfHeads">True where each head is normalised by itself (Qwen3), false where all are at once (OLMo 2).</param>
internal sealed record QueryKeyNorms(INorm Query, INorm Key, bool OfHeads);

/// <summary>A product for each of the three, as in BERT and LLaMA.</summary>
internal sealed class SeparateProjections(Linear query, Linear key, Linear value, int heads) : IQueryKeyValue
{
    public int Heads => heads;

    public int KeyValueHeads => (int)key.OutFeatures / HeadWidth;

    public int HeadWidth => (int)query.OutFeatures / heads;

    public string Path => query.ModulePath;

    /// <summary>The norms of queries and keys, or null.</summary>
    public QueryKeyNorms? Norms { get; init; }

    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x, Pass pass)
    {
        Tensor q = Query(x, pass);
        (Tensor k, Tensor v) = KeyValue(x, pass);
        return (q, k, v);
    }

    /// <summary>The queries alone.</summary>
    public Tensor Query(Tensor x, Pass pass) => Split(query, Norms?.Query, x, pass);

    /// <summary>The keys and values alone.</summary>
    public (Tensor K, Tensor V) KeyValue(Tensor x, Pass pass) => (Split(key, Norms?.Key, x, pass), Split(value, null, x, pass));

    /// <summary>The norm comes before the heads are turned to the front, where rows still lie one behind the other.</summary>
    private Tensor Split(Linear projection, INorm? norm, Tensor x, Pass pass)
    {
        Tensor projected = projection.Forward(x, pass);
        if (norm is not null && !Norms!.OfHeads)
            projected = norm.Forward(projected, pass);
        Tensor heads = projected.view(x.shape[0], x.shape[1], projection.OutFeatures / HeadWidth, HeadWidth);
        return (norm is not null && Norms!.OfHeads ? norm.Forward(heads, pass) : heads).transpose(1, 2);
    }
}

/// <summary>One product for all: [q; k; v], each with its heads one behind the other, as in GPT-2 and Phi-3.</summary>
internal sealed class JoinedProjection(Linear joined, int heads, int keyValueHeads) : IQueryKeyValue
{
    public int Heads => heads;

    public int KeyValueHeads => keyValueHeads;

    public int HeadWidth => (int)joined.OutFeatures / (heads + 2 * keyValueHeads);

    public string Path => joined.ModulePath;

    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x, Pass pass)
    {
        Tensor all = joined.Forward(x, pass);
        Tensor split = all.view(x.shape[0], x.shape[1], heads + 2 * keyValueHeads, HeadWidth).transpose(1, 2);
        return (split.narrow(1, 0, heads), split.narrow(1, heads, keyValueHeads), split.narrow(1, heads + keyValueHeads, keyValueHeads));
    }
}

/// <summary>One product for all, head by head: each head's query, key and value stand together, as in GPT-NeoX.</summary>
internal sealed class InterleavedProjection(Linear joined, int heads) : IQueryKeyValue
{
    public int Heads => heads;

    public int KeyValueHeads => heads;

    public int HeadWidth => (int)joined.OutFeatures / (3 * heads);

    public string Path => joined.ModulePath;

    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x, Pass pass)
    {
        Tensor all = joined.Forward(x, pass);
        Tensor split = all.view(x.shape[0], x.shape[1], heads, 3, HeadWidth).transpose(1, 2);
        return (split.select(3, 0), split.select(3, 1), split.select(3, 2));
    }
}
