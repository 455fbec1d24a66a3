namespace PeftSharp.Tensors.Native;

/// <summary>libtorch cannot be used on this machine; the message says why and what would be supported.</summary>
public sealed class TorchLoadException : PeftException
{
    /// <summary>An error with its message and the loader's own words.</summary>
    public TorchLoadException(string message, Exception? innerException = null) : base(message, innerException) { }
}
