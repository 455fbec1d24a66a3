namespace PeftSharp.Generation;

/// <summary>When beam search gives up on better texts (<c>early_stopping</c>).</summary>
public enum EarlyStopping
{
    /// <summary>Once the best running beam, if it ended now, would not beat the worst finished one (<c>false</c>).</summary>
    Heuristic,

    /// <summary>Once as many texts are finished as there are beams (<c>true</c>).</summary>
    Immediately,

    /// <summary>Once no running beam can beat the finished ones at any length (<c>"never"</c>).</summary>
    Never,
}
