namespace PeftSharp;

/// <summary>The base of every error that PeftSharp itself defines: its message says what was wrong, where, and what to do.</summary>
public class PeftException : Exception
{
    /// <summary>An error with its message.</summary>
    public PeftException(string message) : base(message) { }

    /// <summary>An error with its message and what led to it.</summary>
    public PeftException(string message, Exception? innerException) : base(message, innerException) { }
}
