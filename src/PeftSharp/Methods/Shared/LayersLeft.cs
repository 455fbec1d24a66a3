namespace PeftSharp.Methods.Shared;

/// <summary>What AdapterHub's <c>leave_out</c> leaves of a model's layers.</summary>
internal static class LayersLeft
{
    /// <summary>The numbers of the layers that are not left out, in order.</summary>
    /// <exception cref="PeftException">A layer is named that the model has not, or all are.</exception>
    public static int[] Of(IReadOnlyList<int> leaveOut, int layers)
    {
        foreach (int layer in leaveOut)
            if (layer < 0 || layer >= layers)
                throw new PeftException($"leave_out names layer {layer} and the model has the layers 0 to {layers - 1}.");
        int[] left = [.. Enumerable.Range(0, layers).Except(leaveOut)];
        return left.Length > 0 ? left : throw new PeftException("leave_out leaves out every layer, so there is no adapter.");
    }
}
