using PeftSharp.Models.Heads;

namespace PeftSharp.Models.Families;

/// <summary>The heads that encoder-decoders share.</summary>
internal static class EncoderDecoderHeads
{
    /// <summary>A label for the whole text, read at the last end token.</summary>
    /// <exception cref="PeftException">The config names no end token.</exception>
    public static EndTokenClassifier Classifier(HeadRequest request)
    {
        (ModelConfig config, ModelBuilder builder, int hidden) = (request.Config, request.Builder, request.Backbone.HiddenSize);
        const string Key = "eos_token_id";
        if (!config.Has(Key))
            throw new PeftException($"{config.Source} has no '{Key}', the token at which the classifier reads.");
        return new(
            builder.Head("classification_head.dense", hidden, hidden, bias: true),
            builder.Head("classification_head.out_proj", hidden, request.Labels, bias: true),
            (long)config.Number(Key), config.Probability("classifier_dropout", 0), request.Problem);
    }
}
