namespace PeftSharp.Generation.Decoding;

/// <summary>A prompt and what was added to it, in one array reserved once.</summary>
internal sealed class TokenSequence
{
    private readonly int[] _tokens;
    private readonly int _promptLength;
    private int _length;

    public TokenSequence(int[] prompt, int room)
    {
        _tokens = new int[prompt.Length + room];
        prompt.CopyTo(_tokens, 0);
        _length = _promptLength = prompt.Length;
    }

    /// <summary>Prompt and new tokens.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _length);

    /// <summary>The new tokens alone.</summary>
    public ReadOnlySpan<int> NewTokens => _tokens.AsSpan(_promptLength, _length - _promptLength);

    public void Add(int token) => _tokens[_length++] = token;

    /// <summary>Becomes a copy of another sequence of the same prompt.</summary>
    public void CopyFrom(TokenSequence other)
    {
        _length = other._length;
        other.Tokens.CopyTo(_tokens);
    }
}
