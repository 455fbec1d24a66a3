using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The keys and values in front of a layer's that no query of the sequence made.</summary>
/// <param name="count">How many; in a mixed batch those of the row that has most.</param>
/// <param name="untaken">How many of them take no positions, so that the sequence counts as without them; the same in all rows.</param>
/// <param name="mask">1 where a row has one of its own and 0 for padding, int64 (batch, count); null where all do.</param>
internal sealed class FrontKeys(int count, int untaken, Tensor? mask)
{
    /// <summary>None.</summary>
    public static FrontKeys None { get; } = new(0, 0, null);

    public int Count => count;

    /// <summary>How many of them take no positions; negative where rows of a mixed batch differ in that.</summary>
    public int Untaken => untaken;

    public Tensor? Mask => mask;

    /// <summary>Those of each layer: layers that are alike share one, so that what follows from it is made once.</summary>
    public static FrontKeys[] Of(Pass pass, Device device, AttentionRange range)
    {
        List<(int[] Counts, int[] Untaken, FrontKeys Keys)> known = [];
        FrontKeys[] all = new FrontKeys[range.Count];
        for (int layer = 0; layer < range.Count; layer++)
        {
            int current = range.First + layer;
            int[] counts = [.. pass.Plans.Select(plan => plan.KeyValues(current))];
            int[] untaken = [.. pass.Plans.Select(plan => plan.AttentionTuners.Where(tuner => !tuner.TakesPositions && tuner.Part(current) is not null).Sum(tuner => tuner.Count))];
            if (known.Find(one => one.Counts.SequenceEqual(counts) && one.Untaken.SequenceEqual(untaken)).Keys is not { } keys)
            {
                Tensor? mask = pass.Rows is { } rows ? FrontLayout.Own(rows, plan => plan.KeyValues(current), device) : null;
                keys = new(counts.Max(), untaken.Distinct().Count() == 1 ? untaken[0] : -1, mask);
                known.Add((counts, untaken, keys));
            }
            all[layer] = keys;
        }
        return all;
    }
}
