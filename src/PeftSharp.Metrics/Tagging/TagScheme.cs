namespace PeftSharp.Metrics;

/// <summary>How tags of tokens mark entities; a tag is a prefix, a hyphen and a type (<c>B-PER</c>), or <c>O</c>.</summary>
public enum TagScheme
{
    /// <summary>As CoNLL's script and seqeval without <c>mode="strict"</c>: any change of type or a B begins an entity, wrong prefixes are forgiven.</summary>
    Lenient,

    /// <summary>I inside; B only between two neighbours of one type.</summary>
    Iob1,

    /// <summary>B on the first token, I on the others: what most data sets and models mean by BIO.</summary>
    Iob2,

    /// <summary>I inside; E only between two neighbours of one type.</summary>
    Ioe1,

    /// <summary>E on the last token, I on the others.</summary>
    Ioe2,

    /// <summary>B first, I inside, E last, S alone.</summary>
    Iobes,

    /// <summary>B first, I inside, L last, U alone.</summary>
    Bilou,
}

/// <summary>A run of tokens of one type.</summary>
/// <param name="Type">What follows the prefix; <c>_</c> if nothing does.</param>
/// <param name="Start">The first token, from 0.</param>
/// <param name="End">The last token, included.</param>
public readonly record struct Entity(string Type, int Start, int End);
