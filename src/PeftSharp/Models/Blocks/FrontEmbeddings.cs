using PeftSharp.Models.Slots;
using static TorchSharp.torch;

namespace PeftSharp.Models.Blocks;

/// <summary>The rows that the front tuners of a pass add to the sequences of one forward call.</summary>
internal sealed class FrontEmbeddings(ModelInput input, Pass pass, ScalarType dtype)
{
    /// <summary>True where some of them stand beside finished embeddings.</summary>
    public bool HaveFinished { get; } = pass.Plans.Any(plan => plan.Virtual.Embedded > plan.Virtual.Words);

    /// <summary>Those in front of the token embeddings, (1 or batch, count, width), padded on the left.</summary>
    /// <param name="count">How many the row of the batch that has most has.</param>
    /// <param name="width">The width of a token embedding.</param>
    public Tensor OfWords(int count, long width)
    {
        if (pass.Rows is not { } rows)
            return At(FrontPlace.TokenEmbeddings, pass.Plan, new FrontCall(pass, input.TaskIds))!;
        Tensor tasks = input.TaskIds ?? zeros([input.InputIds.shape[0]], dtype: ScalarType.Int64, device: input.InputIds.device);
        return rows.Run(tasks, pass, (part, alone) =>
        {
            Tensor none = zeros([part.shape[0], 0, width], dtype: dtype, device: part.device);
            Tensor? own = At(FrontPlace.TokenEmbeddings, alone.Plan, new FrontCall(alone, input.TaskIds is null ? null : part));
            return Padded(own?.expand(part.shape[0], -1, -1) ?? none, count);
        });
    }

    /// <summary>Puts those of finished embeddings in their places.</summary>
    /// <param name="finished">(batch, <paramref name="words"/> + length, width).</param>
    /// <param name="words">The rows of token embeddings in front, padding among them.</param>
    /// <param name="all">The rows that stand there afterwards.</param>
    public Tensor Insert(Tensor finished, int words, int all)
    {
        if (pass.Virtual.BehindFirst > 0 && TokenPositions.HasPaddingInFront(input.AttentionMask))
            throw new PeftException("Virtual tokens behind the first token need batches that are padded at the end, and a row of this one begins with padding.");
        long length = finished.shape[1] - words;
        return pass.Rows is { } rows
            ? rows.Run([finished, input.TaskIds], pass, (parts, alone) => Padded(Own(parts[0]!, alone, parts[1]), all + length))
            : Own(finished, pass, input.TaskIds);

        Tensor Own(Tensor hidden, Pass alone, Tensor? tasks)
        {
            long padding = words - alone.Plan.Virtual.Words, batch = hidden.shape[0];
            FrontCall call = new(alone, tasks);
            Tensor own = hidden.narrow(1, padding, hidden.shape[1] - padding);
            if (At(FrontPlace.Finished, alone.Plan, call) is { } front)
                own = cat([front.expand(batch, -1, -1), own], 1);
            if (At(FrontPlace.BehindFirst, alone.Plan, call) is { } behind)
                own = cat([own.narrow(1, 0, 1), behind.expand(batch, -1, -1), own.narrow(1, 1, own.shape[1] - 1)], 1);
            return own;
        }
    }

    /// <summary>A plan's rows of one place, (1 or batch, count, width), or null.</summary>
    private Tensor? At(FrontPlace place, TunerPlan plan, FrontCall call)
    {
        Tensor[] parts = [.. plan.FrontTuners.Where(tuner => tuner.Place == place).Select(tuner => Batched(tuner.Rows(call).to(dtype)))];
        if (parts.Length < 2)
            return parts.SingleOrDefault();
        long batch = parts.Max(part => part.shape[0]);
        return cat([.. parts.Select(part => part.expand(batch, -1, -1))], 1);
    }

    private static Tensor Batched(Tensor rows) => rows.dim() == 2 ? rows.unsqueeze(0) : rows;

    /// <summary>(batch, rows, width) with zeros on the left up to so many rows.</summary>
    private static Tensor Padded(Tensor own, long count)
    {
        long missing = count - own.shape[1];
        return missing == 0 ? own : cat([zeros([own.shape[0], missing, own.shape[2]], dtype: own.dtype, device: own.device), own], 1);
    }
}
