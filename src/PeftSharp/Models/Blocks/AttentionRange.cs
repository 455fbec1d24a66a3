namespace PeftSharp.Models.Blocks;

/// <summary>
/// Which attentions of a model a stack has. They are numbered through the whole model: those of an encoder, then those of a
/// decoder over itself, then its cross attentions; a model of one stack has a number for each layer.
/// </summary>
/// <param name="First">The number of the first.</param>
/// <param name="Count">How many.</param>
/// <param name="TakesRows">True where virtual tokens become rows of the stack's sequences.</param>
internal readonly record struct AttentionRange(int First, int Count, bool TakesRows)
{
    /// <summary>True if a tuner adds keys and values to one of them.</summary>
    public bool IsReachedBy(Slots.IAttentionTuner tuner)
    {
        for (int i = 0; i < Count; i++)
            if (tuner.Part(First + i) is not null)
                return true;
        return false;
    }

    /// <summary>The rows of the stack's sequences that a plan adds.</summary>
    public int Rows(TunerPlan plan) => TakesRows ? plan.Virtual.Embedded : 0;

    /// <summary>The positions that a plan's virtual tokens take of the stack's.</summary>
    public int Positions(TunerPlan plan)
    {
        int taken = TakesRows ? plan.Virtual.Words : 0;
        foreach (Slots.IAttentionTuner tuner in plan.AttentionTuners)
            if (tuner.TakesPositions && IsReachedBy(tuner))
                taken += tuner.Count;
        return taken;
    }

    /// <summary>True if a plan adds anything.</summary>
    public bool IsTouchedBy(TunerPlan plan) => Rows(plan) > 0 || plan.AttentionTuners.Any(IsReachedBy);
}
