namespace PeftSharp.Workflows.Comparing;

/// <summary>
/// Trains and measures one variant, in a process of its own: its peak of memory is then its own, and its crash costs the
/// others nothing.
/// </summary>
public interface IVariantRunner
{
    /// <summary>Runs a variant to its end; its folder is there, with the configuration in <c>config.yaml</c>.</summary>
    /// <param name="variant">The variant.</param>
    /// <param name="requests">Single requests to time.</param>
    /// <param name="progress">Is told what the run writes, line by line.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="VariantException">It failed; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    VariantMeasures Run(ComparisonVariant variant, int requests, Action<string> progress, CancellationToken cancellationToken);
}

/// <summary>A variant could not be run to its end; the others can.</summary>
/// <param name="message">Why.</param>
public sealed class VariantException(string message) : PeftException(message);
