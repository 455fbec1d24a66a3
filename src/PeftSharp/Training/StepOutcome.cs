namespace PeftSharp.Training;

/// <summary>What a step, or a part of one, summed up.</summary>
/// <param name="LossSum">The loss over all its labels.</param>
/// <param name="Labels">How many those are.</param>
/// <param name="Tokens">Its tokens, without padding.</param>
internal readonly record struct StepOutcome(double LossSum, long Labels, long Tokens)
{
    public static StepOutcome operator +(StepOutcome a, StepOutcome b) => new(a.LossSum + b.LossSum, a.Labels + b.Labels, a.Tokens + b.Tokens);
}
