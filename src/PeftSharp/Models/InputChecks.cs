using PeftSharp.Models.Blocks;
using static TorchSharp.torch;

namespace PeftSharp.Models;

/// <summary>What a batch must be before a model computes it: shapes that fit, sequences that have positions, ids that have rows.</summary>
internal static class InputChecks
{
    /// <summary>Checks a batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="backbone">Its stacks.</param>
    /// <param name="input">The batch.</param>
    /// <param name="pass">The active tuners.</param>
    /// <param name="cache">Earlier tokens, or null.</param>
    /// <exception cref="ArgumentException">Shapes do not fit each other.</exception>
    /// <exception cref="PeftException">A sequence is too long, or an id is none of the model's.</exception>
    public static void Require(BaseModel model, IBackbone backbone, ModelInput input, Pass pass, KeyValueCache? cache)
    {
        if (backbone.Decoder is not { } decoder)
        {
            if (input.DecoderInputIds is not null)
                throw new ArgumentException($"A {model.Config.ModelType} model is no encoder-decoder and takes no decoder_input_ids.", nameof(input));
            CheckSequence(model, input.InputIds, input.AttentionMask, pass, cache?.Length ?? 0, model.PositionsTaken(pass), model.MaxPositions, "");
            if (input.TokenTypeIds is { } types)
                CheckTypes(model, backbone, types, input.InputIds);
            if (input.PositionIds is { } positions)
                CheckPositions(positions, input.InputIds, model.MaxPositions - model.PositionsTaken(pass));
            return;
        }
        // A cache that has begun holds what the encoder gave.
        if (cache is not { HasBegun: true })
            CheckSequence(model, input.InputIds, input.AttentionMask, pass, 0, model.PositionsTaken(pass), model.MaxPositions, "");
        if (input.DecoderInputIds is { } written)
            CheckSequence(model, written, input.DecoderAttentionMask, pass, cache?.Length ?? 0, model.TargetPositionsTaken(pass), decoder.MaxPositions, "decoder_");
    }

    private static void CheckTypes(BaseModel model, IBackbone backbone, Tensor types, Tensor ids)
    {
        if (!types.shape.SequenceEqual(ids.shape))
            throw new ArgumentException($"token_type_ids must be [{string.Join(", ", ids.shape)}], not [{string.Join(", ", types.shape)}].");
        using var scope = NewDisposeScope();
        if (backbone.TypesAreWords && types.numel() > 0 && (types.max().item<long>() >= model.VocabularySize || types.min().item<long>() < 0))
            throw new PeftException($"token_type_ids of this model are ids of its vocabulary of {model.VocabularySize}, whose embeddings are added; the batch has {types.max().item<long>()}.");
        if (backbone.TokenTypes is { } known && types.max().item<long>() is var highest && highest >= known)
            throw new PeftException($"token_type_ids has {highest} and the model {known} segment{(known == 1 ? "" : "s")} (type_vocab_size): it is not made for pairs of texts.");
    }

    private static void CheckPositions(Tensor positions, Tensor ids, int free)
    {
        if (!positions.shape.SequenceEqual(ids.shape))
            throw new ArgumentException($"position_ids must be [{string.Join(", ", ids.shape)}], not [{string.Join(", ", positions.shape)}].");
        using var scope = NewDisposeScope();
        if (positions.min().item<long>() < 0 || positions.max().item<long>() >= free)
            throw new ArgumentException($"position_ids must be from 0 to {free - 1}.");
    }

    private static void CheckSequence(BaseModel model, Tensor ids, Tensor? mask, Pass pass, long past, int taken, int most, string which)
    {
        if (ids.dim() != 2)
            throw new ArgumentException($"{which}input_ids must be (batch, length), not [{string.Join(", ", ids.shape)}].");
        long length = ids.shape[1] + past;
        if (length + taken > most)
        {
            string setting = which.Length > 0 ? "max_target_length" : "max_length";
            throw new PeftException(taken == 0
                ? $"A sequence of {length} tokens is longer than the model's {most} positions; set {setting} to at most {most}."
                : $"A sequence of {length} tokens with {taken} virtual tokens in front is longer than the model's {most} positions; set {setting} to at most {most - taken}.");
        }
        if (mask is not null && (mask.dim() != 2 || mask.shape[0] != ids.shape[0] || mask.shape[1] != length))
            throw new ArgumentException($"{which}attention_mask must be ({ids.shape[0]}, {length}), not [{string.Join(", ", mask.shape)}].");
        if (ids.numel() == 0)
            throw new ArgumentException($"{which}input_ids is empty.");
        using var scope = NewDisposeScope();
        long highest = ids.max().item<long>(), rows = model.VocabularyOf(pass);
        if (highest >= rows || ids.min().item<long>() < 0)
            throw new PeftException($"Token id {highest} is outside the model's vocabulary of {rows}: the tokenizer is not this model's.");
    }
}
