namespace PeftSharp.Models.Slots;

/// <summary>Where the rows of a front tuner stand.</summary>
public enum FrontPlace
{
    /// <summary>In front of the token embeddings: the rows are tokens like others from there on and get positions.</summary>
    TokenEmbeddings,

    /// <summary>
    /// In front of an encoder's finished embeddings, behind their positions, segments and norm: the rows get none of these,
    /// and the tokens keep the positions that they have alone.
    /// </summary>
    Finished,

    /// <summary>The same, behind the first of the finished embeddings.</summary>
    BehindFirst,
}
