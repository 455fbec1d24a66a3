namespace PeftSharp.Text.Decoders;

/// <summary>One step from tokens back to text: changes the list of token texts, which are joined at the end.</summary>
internal interface IDecoder
{
    void Apply(List<string> tokens);

    /// <summary>
    /// How many of the first tokens already have their final text, whatever may follow them. Streaming emits no more than
    /// these: the rest of a UTF-8 character or of a run of byte tokens may still be on its way.
    /// </summary>
    int CountStable(IReadOnlyList<string> tokens) => tokens.Count;
}
