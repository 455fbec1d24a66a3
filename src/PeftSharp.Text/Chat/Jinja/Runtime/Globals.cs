using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    /// <summary>The most numbers of a range, as Jinja's sandbox has it.</summary>
    private const int MostOfRange = 100_000;

    public static IReadOnlyDictionary<string, Value> All { get; } = new Dictionary<string, Value>
    {
        ["range"] = new FunctionValue("range", Range),
        ["dict"] = new FunctionValue("dict", Dict),
        ["namespace"] = new FunctionValue("namespace", Namespace),
        ["cycler"] = new FunctionValue("cycler", (a, _) => a.Positional.Count > 0
            ? new CyclerValue([.. a.Positional])
            : throw new TemplateFault("cycler needs items")),
        ["joiner"] = new FunctionValue("joiner", (a, _) => new JoinerValue(a.Bind("joiner", 0, "sep")[0] ?? new StringValue(", "))),
        ["raise_exception"] = new FunctionValue("raise_exception", (a, run) =>
            throw new TemplateFault($"the template refuses: {Printing.Text(a.Bind("raise_exception", 1, "message")[0]!, run)}")),
        ["strftime_now"] = new FunctionValue("strftime_now", (a, run) => new StringValue(
            TimeFormat.Apply(StringMethods.Chars(a.Bind("strftime_now", 1, "format")[0], "strftime_now"), run))),
    };

    private static RangeValue Range(Arguments arguments, Run run)
    {
        Value?[] given = arguments.Bind("range", 1, "start", "stop", "step");
        (Value first, Value last) = given[1] is { } stop ? (given[0]!, stop) : (new IntegerValue(0), given[0]!);
        BigInteger start = Whole(first), end = Whole(last), step = given[2] is { } by ? Whole(by) : 1;
        if (step.IsZero)
            throw new TemplateFault("the step of a range is 0");
        BigInteger count = step.Sign > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
        if (count > MostOfRange)
            throw new TemplateFault($"a range has {count} numbers; at most {MostOfRange} are allowed");
        if (BigInteger.Abs(start) > long.MaxValue / 4 || BigInteger.Abs(end) > long.MaxValue / 4 || BigInteger.Abs(step) > long.MaxValue / 4 / (MostOfRange + 1))
            throw new TemplateFault("the bounds of a range are too large");
        return new RangeValue((long)start, (long)end, (long)step, count.Sign > 0 ? (int)count : 0);
    }

    private static BigInteger Whole(Value value) =>
        Numbers.TryInteger(value, out BigInteger whole) ? whole : throw Numbers.Misfit(value, "a whole number for a range");

    private static DictValue Dict(Arguments arguments, Run run)
    {
        if (arguments.Positional.Count > 1)
            throw new TemplateFault("dict takes one mapping and named values");
        IEnumerable<(Value, Value)> first = arguments.Positional is [Value given] ? Entries(given, run) : [];
        return new DictValue(first.Concat(arguments.Named.Select(pair => ((Value)new StringValue(pair.Key), pair.Value))));
    }

    private static NamespaceValue Namespace(Arguments arguments, Run run)
    {
        DictValue start = Dict(arguments, run);
        return new NamespaceValue(start.Pairs.Select(pair =>
            KeyValuePair.Create(StringMethods.Chars(pair.Key, "the name of an attribute"), pair.Value)));
    }

    private static IEnumerable<(Value Key, Value Value)> Entries(Value value, Run run) => value is DictValue dict
        ? dict.Pairs
        : Iteration.Over(value, run).Select(pair => Iteration.ToList(pair, run) is [Value key, Value of]
            ? (key, of)
            : throw new TemplateFault("dict needs a mapping or pairs"));
}
