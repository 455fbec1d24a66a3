using System.Text.Json.Nodes;
using PeftSharp.Adapters;

namespace PeftSharp.Methods.TrainableTokens;

/// <summary>Trainable tokens (HF PEFT's tuners/trainable_tokens): chosen rows of an embedding train, the others stay.</summary>
public sealed record TrainableTokensOptions : PeftOptions
{
    /// <inheritdoc/>
    public override string PeftType => "TRAINABLE_TOKENS";

    /// <summary>The token ids whose rows train (<c>token_indices</c>).</summary>
    public required IReadOnlyList<int> TokenIndices { get; init; }

    /// <summary>The embedding (<c>target_modules</c>); null takes the model's token embedding.</summary>
    public TargetModules? TargetModules { get; init; }

    private protected override void Write(JsonObject json)
    {
        json["init_weights"] = true;
        json["target_modules"] = TargetModules?.ToJson();
        json["token_indices"] = new JsonArray([.. TokenIndices.Select(index => (JsonNode?)index)]);
    }
}
