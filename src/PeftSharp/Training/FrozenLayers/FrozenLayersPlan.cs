using PeftSharp.Data;
using PeftSharp.Models;

namespace PeftSharp.Training;

/// <summary>Which layers are run once for each example, and for how many examples there is room.</summary>
/// <param name="Layers">The lowest layers, which nothing that is trained reaches.</param>
/// <param name="Examples">The examples that have a place: the first ones of the data.</param>
/// <param name="Bytes">What their hidden states take.</param>
/// <param name="RowBytes">Those of one token.</param>
/// <param name="Folder">The folder of a mapped file; null for memory.</param>
internal sealed record FrozenLayersPlan(int Layers, int Examples, long Bytes, long RowBytes, string? Folder)
{
    /// <summary>Why there is none for such a run; null where one is possible.</summary>
    /// <param name="model">The base.</param>
    /// <param name="pass">A training pass.</param>
    /// <param name="padding">The side on which batches are padded.</param>
    /// <param name="epochs">The epochs that are left.</param>
    public static string? Refusal(BaseModel model, Pass pass, PaddingSide padding, double epochs)
    {
        if (epochs <= 1)
            return "every example is read once only";
        if (pass.VirtualTokens > 0)
            return "virtual tokens change every layer";
        if (model.IsEncoderDecoder)
            return "an encoder-decoder runs two stacks";
        if (pass.Replica is not null)
            return "the adapter's layers are not the base's (layer_replication)";
        if (model.UntouchedLayers(pass) == 0)
            return "what is trained begins in the embeddings or the first layer; see layers_to_transform";
        if (model.DropsInLayers)
            return "the base has dropout, so that no two epochs see the same hidden states; it is 0 where config.json says so";
        return padding == PaddingSide.Left && model.FinishesEmbeddings ? "with padding on the left, positions depend on the batch" : null;
    }

    /// <summary>What fits.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="model">The base.</param>
    /// <param name="examples">The training data.</param>
    /// <param name="options">The bounds.</param>
    public static FrozenLayersPlan Of(int layers, BaseModel model, IReadOnlyList<EncodedExample> examples, MemoryOptions options)
    {
        long row = model.HiddenSize * (model.Dtype == TorchSharp.torch.ScalarType.BFloat16 ? 2L : 4L);
        long all = examples.Sum(example => example.Length * row), most = options.CacheBytes;
        if (all <= most || options.CacheFolder is not null)
            return new(layers, examples.Count, all, row, all <= most ? null : options.CacheFolder);
        (int count, long bytes) = (0, 0);
        while (bytes + examples[count].Length * row <= most)
            bytes += examples[count++].Length * row;
        return new(layers, count, bytes, row, null);
    }

    /// <summary>What a run says of it.</summary>
    public string Describe(int allLayers, int allExamples) =>
        $"the lowest {Layers} of {allLayers} layers run once for {(Examples == allExamples ? "each example" : $"{Examples:N0} of {allExamples:N0} examples")} ({(double)Bytes / (1 << 20):N0} MB {(Folder is null ? "of memory" : $"in {Folder}")})";
}
