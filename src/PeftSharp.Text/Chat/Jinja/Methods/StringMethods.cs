using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Methods;

/// <summary>The methods of a text.</summary>
internal static class StringMethods
{
    private delegate Value Method(string text, Arguments arguments, Run run);

    private static readonly Dictionary<string, Method> s_methods = new(StringComparer.Ordinal)
    {
        ["upper"] = (text, a, _) => NoArguments(a, "upper", LetterCase.Upper(text)),
        ["lower"] = (text, a, _) => NoArguments(a, "lower", LetterCase.Lower(text)),
        ["casefold"] = (text, a, _) => NoArguments(a, "casefold", LetterCase.Lower(LetterCase.Upper(text))),
        ["capitalize"] = (text, a, _) => NoArguments(a, "capitalize", LetterCase.Capitalize(text)),
        ["title"] = (text, a, _) => NoArguments(a, "title", LetterCase.Title(text, letter => !LetterCase.IsCased(letter))),
        ["swapcase"] = (text, a, _) => NoArguments(a, "swapcase", LetterCase.Swap(text)),
        ["strip"] = (text, a, _) => new StringValue(Trimming.Trim(text, Letters(a, "strip"), left: true, right: true)),
        ["lstrip"] = (text, a, _) => new StringValue(Trimming.Trim(text, Letters(a, "lstrip"), left: true, right: false)),
        ["rstrip"] = (text, a, _) => new StringValue(Trimming.Trim(text, Letters(a, "rstrip"), left: false, right: true)),
        ["split"] = (text, a, run) => Splitting.Split(text, a, fromRight: false, run),
        ["rsplit"] = (text, a, run) => Splitting.Split(text, a, fromRight: true, run),
        ["splitlines"] = (text, a, run) => Splitting.Lines(text, a, run),
        ["partition"] = (text, a, _) => Splitting.Partition(text, a, fromRight: false),
        ["rpartition"] = (text, a, _) => Splitting.Partition(text, a, fromRight: true),
        ["startswith"] = (text, a, _) => Finding.HasAffix(text, a, "startswith", atStart: true),
        ["endswith"] = (text, a, _) => Finding.HasAffix(text, a, "endswith", atStart: false),
        ["find"] = (text, a, _) => new IntegerValue(Finding.Find(text, a, "find", last: false)),
        ["rfind"] = (text, a, _) => new IntegerValue(Finding.Find(text, a, "rfind", last: true)),
        ["index"] = (text, a, _) => Finding.Index(text, a, "index", last: false),
        ["rindex"] = (text, a, _) => Finding.Index(text, a, "rindex", last: true),
        ["count"] = (text, a, run) => new IntegerValue(Finding.Count(text, a, run)),
        ["replace"] = Replace,
        ["join"] = Join,
        ["format"] = (text, a, run) => new StringValue(BraceFormat.Apply(text, a, run)),
        ["format_map"] = (text, a, run) => new StringValue(BraceFormat.ApplyMap(text, a, run)),
        ["removeprefix"] = (text, a, _) => new StringValue(Finding.RemoveAffix(text, a, "removeprefix", atStart: true)),
        ["removesuffix"] = (text, a, _) => new StringValue(Finding.RemoveAffix(text, a, "removesuffix", atStart: false)),
        ["ljust"] = (text, a, run) => new StringValue(Filling.Justify(text, a, "ljust", run)),
        ["rjust"] = (text, a, run) => new StringValue(Filling.Justify(text, a, "rjust", run)),
        ["center"] = (text, a, run) => new StringValue(Filling.Justify(text, a, "center", run)),
        ["zfill"] = (text, a, run) => new StringValue(Filling.Zeros(text, a, run)),
        ["expandtabs"] = (text, a, run) => new StringValue(Filling.ExpandTabs(text, a, run)),
    };

    /// <summary>The method of that name, bound to the text; null if there is none.</summary>
    public static Value? Find(StringValue text, string name)
    {
        if (s_methods.TryGetValue(name, out Method? method))
            return new FunctionValue(name, (arguments, run) =>
            {
                run.Budget.SpendChars(text.Chars.Length);
                return method(text.Chars, arguments, run);
            });
        return LetterTests.Find(name) is { } test
            ? new FunctionValue(name, (arguments, run) =>
            {
                run.Budget.SpendChars(text.Chars.Length);
                _ = arguments.Bind(name, 0);
                return BoolValue.Of(test(text.Chars));
            })
            : null;
    }

    /// <summary>The text of an argument that must be one.</summary>
    public static string Chars(Value? value, string what) => value is StringValue text
        ? text.Chars
        : throw Numbers.Misfit(value!, $"a text for {what}");

    private static StringValue NoArguments(Arguments arguments, string name, string result)
    {
        _ = arguments.Bind(name, 0);
        return new StringValue(result);
    }

    private static string? Letters(Arguments arguments, string name) =>
        arguments.Bind(name, 0, "chars")[0] is { } chars and not NoneValue ? Chars(chars, name) : null;

    private static StringValue Replace(string text, Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("replace", 2, "old", "new", "count");
        return new StringValue(Replacing.Replace(
            text, Chars(given[0], "replace"), Chars(given[1], "replace"), Numbers.ToInt(given[2], -1, "count"), run));
    }

    private static StringValue Join(string separator, Arguments arguments, Run run)
    {
        TextSink sink = new(run.Budget);
        bool first = true;
        foreach (Value item in Iteration.Over(arguments.Bind("join", 1, "iterable")[0]!, run))
        {
            if (!first)
                sink.Write(separator);
            sink.Write(Chars(item, "join"));
            first = false;
        }
        return new StringValue(sink.ToString());
    }
}
