using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Methods.TrainableTokens;

/// <summary>Plugs <see cref="TokenRows"/> into an embedding.</summary>
internal sealed class TrainableTokensMethod : IPeftMethod
{
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

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        TrainableTokensOptions own = (TrainableTokensOptions)options;
        Node[] nodes = own.TargetModules is null
            ? [builder.Model.TokenEmbedding]
            : [.. new TargetSelection(own.TargetModules).Select(builder.Model)];
        foreach (Node node in nodes)
        {
            if (node is not Embedding embedding)
                throw new PeftException($"TRAINABLE_TOKENS targets an embedding, and '{node.Path}' is none.");
            TokenRows.Plug(builder, embedding, own.TokenIndices, $"{embedding.Path}.trainable_tokens_delta");
        }
    }
}
