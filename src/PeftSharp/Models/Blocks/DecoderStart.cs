using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>How the text of a decoder begins, and what it reads where it is to write some labels: these, one place later.</summary>
/// <param name="Token">The first token (<c>decoder_start_token_id</c>); null where the last token of the labels comes first (mBART: the code of the language).</param>
/// <param name="Padding">The token that stands for a label that does not count.</param>
internal sealed record DecoderStart(long? Token, long Padding)
{
    /// <summary>What a config says.</summary>
    /// <param name="config">The config.</param>
    /// <param name="vocabulary">The rows of the token embedding.</param>
    /// <param name="wraps">True for a family that moves the last token to the front.</param>
    /// <exception cref="PeftException">A token is missing or outside the vocabulary.</exception>
    public static DecoderStart Of(ModelConfig config, int vocabulary, bool wraps = false)
    {
        return new(wraps ? null : Id("decoder_start_token_id"), Id("pad_token_id"));

        long Id(string key)
        {
            if (!config.Has(key))
                throw new PeftException($"{config.Source} has no '{key}', without which the decoder has nothing to begin with.");
            double id = config.Number(key);
            return double.IsInteger(id) && id >= 0 && id < vocabulary
                ? (long)id
                : throw new PeftException($"{config.Source}: '{key}' is {id}, which is no token of a vocabulary of {vocabulary}.");
        }
    }

    /// <summary>Labels (batch, length) → decoder_input_ids (batch, length): moved one place to the right, padding for those that do not count.</summary>
    public Tensor Shift(Tensor labels)
    {
        using var scope = NewDisposeScope();
        Tensor flat = labels.cpu().to(ScalarType.Int64).contiguous();
        (int batch, int length) = ((int)labels.shape[0], (int)labels.shape[1]);
        ReadOnlySpan<long> wanted = MemoryMarshal.Cast<byte, long>(flat.bytes);
        long[] shifted = new long[wanted.Length];
        for (int row = 0; row < batch; row++)
        {
            ReadOnlySpan<long> own = wanted.Slice(row * length, length);
            Span<long> ids = shifted.AsSpan(row * length, length);
            for (int i = 1; i < length; i++)
                ids[i] = own[i - 1] < 0 ? Padding : own[i - 1];
            ids[0] = Token ?? Last(own);
        }
        GC.KeepAlive(flat);
        return tensor(shifted, [batch, length], device: labels.device).MoveToOuterDisposeScope();
    }

    /// <summary>The last token that is no padding.</summary>
    private long Last(ReadOnlySpan<long> labels)
    {
        for (int i = labels.Length - 1; i >= 0; i--)
            if (labels[i] >= 0 && labels[i] != Padding)
                return labels[i];
        return Padding;
    }
}
