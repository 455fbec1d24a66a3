namespace PeftSharp.Generation;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>An end token came, or a stop string.</summary>
    Stop,

    /// <summary>The wanted number of tokens, or the model's last position, was reached.</summary>
    Length,
}
