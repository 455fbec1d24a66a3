namespace PeftSharp.Workflows.Comparing;

/// <summary>Is told how a comparison goes; each method does nothing unless implemented.</summary>
public interface ICompareObserver
{
    /// <summary>A variant begins.</summary>
    /// <param name="number">Which one, from 1.</param>
    /// <param name="count">Of how many.</param>
    /// <param name="variant">The variant.</param>
    void Started(int number, int count, ComparisonVariant variant)
    {
    }

    /// <summary>The running variant has written a line.</summary>
    void Progress(string line)
    {
    }

    /// <summary>A variant has ended.</summary>
    void Ended(VariantResult result)
    {
    }
}
