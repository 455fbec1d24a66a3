using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Methods.TrainableTokens;

/// <summary>Plugs <see cref="TokenRows"/> into an embedding.</summary>
internal sealed class TrainableTokensMethod : IPeftMethod
{
    private const string Ending = "trainable_tokens_delta";

    public string PeftType => "TRAINABLE_TOKENS";

    public PeftOptions Read(JsonSettings settings)
    {
        settings.Raw("init_weights");
        return PeftOptions.ReadShared(settings, new TrainableTokensOptions
        {
            TokenIndices = settings.Integers("token_indices")
                ?? throw settings.Wrong("token_indices", "a list of token ids"),
            TargetModules = TargetModules.Read(settings, "target_modules"),
        });
    }

    public bool SavesModules => false;

    /// <summary>peft writes the embedding's path where none is named.</summary>
    public PeftOptions Resolve(BaseModel model, PeftOptions options)
    {
        TrainableTokensOptions own = (TrainableTokensOptions)options;
        return own with { TargetModules = own.TargetModules ?? TargetModules.Matching(model.TokenEmbedding.Path) };
    }

    /// <summary>A head that shares the embedding's weight follows its rows, whether it is named or not, and is saved with them.</summary>
    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        TrainableTokensOptions own = (TrainableTokensOptions)options;
        IReadOnlyList<Node> nodes = builder.Select(new TargetSelection(own.TargetModules!));
        Embedding embedding = builder.Model.TokenEmbedding;
        bool followed = nodes.Contains(embedding);
        foreach (Node node in nodes.Where(node => !(followed && node is Linear head && head.Weight.Shares(embedding.Weight))))
        {
            TokenRows.Trained rows = TokenRows.Plug(builder, node, own.TokenIndices, Ending);
            if (node == embedding)
                foreach (Linear head in TokenRows.Tie(builder, embedding, rows))
                    builder.Repeat($"{head.Path}.{Ending}", rows.Rows);
        }
    }
}
