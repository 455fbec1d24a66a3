namespace PeftSharp.Text.Folders;

/// <summary>A special token before it has an id: what is matched and how.</summary>
internal sealed record SpecialToken(
    string Content, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false, bool Normalized = false)
{
    public AddedToken With(int id, bool special) => new(id, Content, SingleWord, LeftStrip, RightStrip, Normalized, special);
}
