namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>
/// What a rendering may use up. Every node that is evaluated costs a step, and so do every few characters and items that are
/// made or walked through: time and memory are bounded together.
/// </summary>
internal sealed class Budget(long steps, int outputLength, int depth)
{
    /// <summary>How many characters are made for the price of a step.</summary>
    public const int CharsAStep = 8;

    private long _spent;
    private int _depth;

    public int OutputLength => outputLength;

    public void Spend(long cost = 1)
    {
        _spent += cost;
        if (_spent > steps)
            throw new TemplateFault($"it takes more than {steps} steps: it loops without end, or makes far too much");
    }

    /// <summary>Pays for a text before it is made.</summary>
    public void SpendChars(long count)
    {
        if (count > outputLength)
            throw new TemplateFault($"a text of {count} characters is made; at most {outputLength} are allowed");
        Spend(1 + (count / CharsAStep));
    }

    /// <summary>Enters a macro or another level of a recursive loop.</summary>
    public void Enter()
    {
        if (++_depth > depth)
            throw new TemplateFault($"macros call each other more than {depth} deep");
    }

    public void Leave() => _depth--;
}
