namespace PeftSharp.Methods.AdaLora;

/// <summary>
/// How many ranks all modules together have at a step t of T: B₀ until tinit, then
/// B = ⌊(B₀ − B₁) (1 − (t − tinit) / (T − tfinal − tinit))³ + B₁⌋, and B₁ in the last tfinal steps.
/// </summary>
internal sealed class BudgetSchedule(AdaLoraOptions options, long totalSteps, long first, long last)
{
    /// <summary>The step from which on the ranks are fixed.</summary>
    public long LastPruning => totalSteps - options.TFinal;

    /// <summary>The budget after a step, and whether ranks are pruned to it then.</summary>
    public (long Budget, bool Prunes) At(long step)
    {
        if (step <= options.TInit)
            return (first, false);
        if (step > LastPruning)
            return (last, true);
        double left = 1 - (double)(step - options.TInit) / (LastPruning - options.TInit);
        return ((long)((first - last) * Math.Pow(left, 3) + last), step % options.DeltaT == 0);
    }

    /// <summary>Refuses a schedule that never prunes.</summary>
    public static void RequirePruning(AdaLoraOptions options, long totalSteps)
    {
        if (options.TInit >= totalSteps - options.TFinal)
            throw new PeftException(
                $"tinit {options.TInit} and tfinal {options.TFinal} leave none of the {totalSteps} steps for pruning; lower them, or train longer.");
    }
}
