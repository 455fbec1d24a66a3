using System.Runtime.InteropServices;
using PeftSharp.Data;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Training;

/// <summary>A padded batch as the tensors that a model takes. They belong to the dispose scope in which they are made.</summary>
internal static class BatchTensors
{
    /// <summary>The token ids, with a mask only where something is padding.</summary>
    public static ModelInput Input(PaddedBatch batch, Device device)
    {
        long[] shape = [batch.Rows, batch.Width];
        return new ModelInput
        {
            InputIds = Of(batch.InputIds.Span, shape, device),
            AttentionMask = batch.TokenCount < batch.Rows * batch.Width ? Of(batch.AttentionMask.Span, shape, device) : null,
            TokenTypeIds = batch.HasTypeIds ? Of(batch.TypeIds.Span, shape, device) : null,
        };
    }

    /// <summary>The labels of the kind that the batch has.</summary>
    public static Targets Labels(PaddedBatch batch, Device device, double labelSmoothing = 0)
    {
        if (batch.SpanEnds.Length > 0)
            return new Targets
            {
                StartPositions = Of(batch.Labels.Span, [batch.Rows], device),
                EndPositions = Of(batch.SpanEnds.Span, [batch.Rows], device),
                LabelSmoothing = labelSmoothing,
            };
        if (batch.Values.Length > 0)
            return new Targets { Labels = Of(batch.Values.Span, batch.LabelCount == 0 ? [batch.Rows] : [batch.Rows, batch.LabelCount], device), LabelSmoothing = labelSmoothing };
        if (batch.Labels.Length == 0)
            return new Targets();
        long[] shape = batch.LabelWidth == 0 ? [batch.Rows] : [batch.Rows, batch.LabelWidth];
        return new Targets { Labels = Of(batch.Labels.Span, shape, device), LabelSmoothing = labelSmoothing };
    }

    private static Tensor Of<T>(ReadOnlySpan<T> values, long[] shape, Device device)
        where T : unmanaged
    {
        Tensor tensor = empty(shape, typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.Int64);
        MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        return device.type == TorchSharp.DeviceType.CPU ? tensor : tensor.to(device);
    }
}
