namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; of a string, what it stands for.</param>
/// <param name="Line">Where it is, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    public bool IsName(string text) => Kind == TokenKind.Name && Text == text;

    /// <summary>How an error calls it.</summary>
    public string Description => Kind switch
    {
        TokenKind.Data => "text",
        TokenKind.VariableBegin or TokenKind.BlockBegin => "the start of a tag",
        TokenKind.VariableEnd => "'}}'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.End => "the end of the template",
        _ => $"'{Text}'",
    };
}
