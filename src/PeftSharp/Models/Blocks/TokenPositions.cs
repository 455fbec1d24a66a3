using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>Where the tokens of a batch stand in their sequences.</summary>
internal static class TokenPositions
{
    /// <summary>Those that the batch gives, else the ones that follow from its mask.</summary>
    public static Tensor Of(ModelInput input, long past) =>
        input.PositionIds?.alias() ?? Of(input.AttentionMask, past, input.InputIds.shape[1], input.InputIds.device);

    /// <summary>
    /// 0, 1, 2, … along each row; where padding stands in front the first real token is 0, so that a row's result does not
    /// depend on its padding. int64 (1 or batch, length).
    /// </summary>
    /// <param name="attentionMask">1 for a real token and 0 for padding, (batch, past + length), or null.</param>
    /// <param name="past">The tokens that a cache holds.</param>
    /// <param name="length">The tokens whose positions are wanted: the last ones.</param>
    /// <param name="device">Where the result lies.</param>
    public static Tensor Of(Tensor? attentionMask, long past, long length, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor positions = HasPaddingInFront(attentionMask)
            ? Counted(attentionMask!, past, length)
            : ScalarMath.Range(past, past + length, device).unsqueeze(0);
        return positions.MoveToOuterDisposeScope();
    }

    /// <summary>The real tokens before each, whatever padding stands among them: int64 (batch, length).</summary>
    public static Tensor Counted(Tensor attentionMask, long past, long length)
    {
        using var scope = NewDisposeScope();
        Tensor counted = attentionMask.to(ScalarType.Int64).cumsum(1).PlusInPlace(-1).AtLeastInPlace(0);
        return counted.narrow(1, past, length).MoveToOuterDisposeScope();
    }

    /// <summary>True where a row begins with padding.</summary>
    public static bool HasPaddingInFront(Tensor? attentionMask)
    {
        if (attentionMask is null)
            return false;
        using var scope = NewDisposeScope();
        return !attentionMask.select(1, 0).NotEqualTo(0).all().item<bool>();
    }
}
