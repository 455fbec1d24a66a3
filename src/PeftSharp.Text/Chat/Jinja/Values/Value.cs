namespace PeftSharp.Text.Chat.Jinja.Values;

/// <summary>
/// A value that a template can hold. The kinds are all in this folder: a template reaches nothing of the program, whatever it asks for.
/// </summary>
internal abstract class Value
{
    /// <summary>What Python calls the type; errors name it.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether a condition takes it for true.</summary>
    public virtual bool IsTrue => true;

    /// <summary>How many values it holds, itself included: what walking through all of it costs.</summary>
    public virtual long Weight => 1;
}

/// <summary>None.</summary>
internal sealed class NoneValue : Value
{
    private NoneValue() { }

    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;
}

/// <summary>What is not there. It prints as nothing, is false and empty; anything else done with it fails with its message.</summary>
internal sealed class UndefinedValue(string message) : Value
{
    public string Message => message;

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public static UndefinedValue Named(string name) => new($"'{name}' is undefined");

    /// <summary>What the sandbox keeps from a template.</summary>
    public static UndefinedValue Unsafe(Value of, string attribute) =>
        new($"the attribute '{attribute}' of '{of.TypeName}' may not be used in a template");
}
