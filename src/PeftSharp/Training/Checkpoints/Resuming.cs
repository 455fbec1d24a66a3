namespace PeftSharp.Training;

/// <summary>Whether a checkpoint can be gone on from.</summary>
internal static class Resuming
{
    /// <summary>Compares a checkpoint with the run that is to go on from it.</summary>
    /// <returns>Differences that are allowed, as sentences.</returns>
    /// <exception cref="PeftException">The data, the seed, the batches or the method differ; the message says how.</exception>
    public static IReadOnlyList<string> Check(string checkpoint, TrainingState state, RunFingerprint now)
    {
        if (state.Fingerprint is not { } then)
            throw new PeftException($"{checkpoint} does not say with which data and settings it was made, so it cannot be gone on from; load it as an adapter and start a new run.");
        (IReadOnlyList<string> binding, IReadOnlyList<string> other) = now.DifferencesFrom(then);
        if (binding.Count > 0)
            throw new PeftException(
                $"{checkpoint} is of another run: {string.Join("; ", binding)}. Set it back, or load the checkpoint as an adapter and start a new run.");
        return other;
    }
}
