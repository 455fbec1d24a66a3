using System.Diagnostics.CodeAnalysis;

namespace PeftSharp.Text;

/// <summary>
/// Decodes ids one by one. What <see cref="Add"/> returned, joined, and then <see cref="Flush"/>, is what
/// <see cref="Tokenizer.Decode"/> returns for all ids together; half a character is never returned.
/// </summary>
/// <remarks>Not safe for many threads: one stream belongs to one generation.</remarks>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "Hugging Face's name.")]
public sealed class DecodeStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;

    // The last tokens that were returned, kept because the text of a token may depend on the one before it, then those
    // that were not.
    private readonly List<string> _window = [];
    private int _returned;

    internal DecodeStream(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes the next id.</summary>
    /// <param name="id">A token id; one without a token is left out.</param>
    /// <returns>The text that is now certain; often empty.</returns>
    public string Add(int id)
    {
        if (_tokenizer.DecodedToken(id, _skipSpecialTokens) is not { } token)
            return "";
        _window.Add(token);
        int stable = _tokenizer.CountStable(_window);
        return stable > _returned ? Take(stable) : "";
    }

    /// <summary>The text that was held back, at the end of the generation.</summary>
    /// <param name="keepIncomplete">False leaves out a character whose last bytes never came, which is U+FFFD otherwise.</param>
    public string Flush(bool keepIncomplete = true)
    {
        string text = _window.Count > _returned ? Take(_window.Count) : "";
        // A complete U+FFFD of the model's own was returned long ago.
        return keepIncomplete ? text : text.TrimEnd('\uFFFD');
    }

    private string Take(int count)
    {
        string before = _tokenizer.Join(_window[.._returned]);
        string now = _tokenizer.Join(_window[..count]);
        string text = now.StartsWith(before, StringComparison.Ordinal) ? now[before.Length..] : now;
        // Context that decodes to nothing says nothing about what it did to its neighbours: keep what came before it too.
        int drop = count - 1;
        while (drop > 0 && _tokenizer.Join(_window[drop..count]).Length == 0)
            drop--;
        _window.RemoveRange(0, drop);
        _returned = count - drop;
        return text;
    }
}
