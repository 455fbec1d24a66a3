using PeftSharp.Text.Chat.Jinja.Runtime;

namespace PeftSharp.Text.Chat.Jinja.Syntax;

/// <summary>The tokens of a template, read one after the other.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    private int _place;

    public Token Current => tokens[_place];

    public Token Following => tokens[Math.Min(_place + 1, tokens.Count - 1)];

    public Token Next()
    {
        Token token = tokens[_place];
        _place = Math.Min(_place + 1, tokens.Count - 1);
        return token;
    }

    public bool SkipOperator(string text) => Skip(Current.IsOperator(text));

    public bool SkipName(string text) => Skip(Current.IsName(text));

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
            throw new TemplateFault($"{Current.Description} stands where '{text}' is expected");
    }

    public void ExpectName(string text)
    {
        if (!SkipName(text))
            throw new TemplateFault($"{Current.Description} stands where '{text}' is expected");
    }

    public string ExpectAnyName() => Expect(TokenKind.Name, "a name").Text;

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind
        ? Next()
        : throw new TemplateFault($"{Current.Description} stands where {what} is expected");

    private bool Skip(bool isIt)
    {
        if (isIt)
            Next();
        return isIt;
    }
}
