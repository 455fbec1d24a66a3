namespace PeftSharp.Methods.Shared;

/// <summary>Checks of options that are set in code, where no file's reader has made them; the keys are those of the file.</summary>
internal static class Require
{
    /// <summary>A probability of dropping something: from 0 to below 1.</summary>
    public static void Probability(string key, double value)
    {
        // Written so that NaN is refused too.
        if (value is not (>= 0 and < 1))
            throw new PeftException($"{key} is {value}; a probability is from 0 to below 1.");
    }

    /// <summary>A rank: at least 1.</summary>
    public static void Rank(int rank)
    {
        if (rank < 1)
            throw new PeftException($"r is {rank}; a rank is at least 1.");
    }
}
