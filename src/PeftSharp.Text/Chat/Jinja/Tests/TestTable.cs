using System.Numerics;
using PeftSharp.Text.Chat.Jinja.Filters;
using PeftSharp.Text.Chat.Jinja.Methods;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Tests;

/// <summary>A test: <c>value is name(arguments)</c>.</summary>
internal delegate bool Test(Value value, Arguments arguments, Run run);

/// <summary>The tests by name.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, Test> s_tests = new(StringComparer.Ordinal)
    {
        ["defined"] = (value, _, _) => value is not UndefinedValue,
        ["undefined"] = (value, _, _) => value is UndefinedValue,
        ["none"] = (value, _, _) => value is NoneValue,
        ["boolean"] = (value, _, _) => value is BoolValue,
        ["true"] = (value, _, _) => value is BoolValue { IsTrue: true },
        ["false"] = (value, _, _) => value is BoolValue { IsTrue: false },
        ["integer"] = (value, _, _) => value is IntegerValue,
        ["float"] = (value, _, _) => value is FloatValue,
        ["number"] = (value, _, _) => Numbers.IsNumber(value),
        ["string"] = (value, _, _) => value is StringValue,
        ["mapping"] = (value, _, _) => value is DictValue,
        ["sequence"] = (value, _, _) => value is StringValue or ListValue or TupleValue or DictValue or RangeValue or UndefinedValue,
        ["iterable"] = (value, _, _) => Iteration.IsIterable(value),
        ["callable"] = (value, _, _) => value is ICallable,
        ["escaped"] = (value, _, _) => value is MarkupValue,
        ["sameas"] = (value, a, _) => IsSame(value, a.Bind("sameas", 1, "other")[0]!),
        ["odd"] = (value, _, run) => IsRest(value, 2, run, 1),
        ["even"] = (value, _, run) => IsRest(value, 2, run, 0),
        ["divisibleby"] = (value, a, run) => Comparison.AreEqual(
            Arithmetic.Apply("%", value, a.Bind("divisibleby", 1, "num")[0]!, run), new IntegerValue(0)),
        ["lower"] = (value, _, run) => LetterTests.Find("islower")!(TextFilters.TextOf(value, run)),
        ["upper"] = (value, _, run) => LetterTests.Find("isupper")!(TextFilters.TextOf(value, run)),
        ["in"] = (value, a, run) => Comparison.Contains(a.Bind("in", 1, "seq")[0]!, value, run),
        ["filter"] = (value, _, _) => FilterTable.Has(StringMethods.Chars(value, "a filter's name")),
        ["test"] = (value, _, _) => Has(StringMethods.Chars(value, "a test's name")),
        ["eq"] = AreEqual, ["equalto"] = AreEqual, ["=="] = AreEqual,
        ["ne"] = AreNotEqual, ["!="] = AreNotEqual,
        ["lt"] = IsBelow, ["lessthan"] = IsBelow, ["<"] = IsBelow,
        ["le"] = IsAtMost, ["<="] = IsAtMost,
        ["gt"] = IsAbove, ["greaterthan"] = IsAbove, [">"] = IsAbove,
        ["ge"] = IsAtLeast, [">="] = IsAtLeast,
    };

    public static bool Has(string name) => s_tests.ContainsKey(name);

    public static Test Get(string name) =>
        s_tests.TryGetValue(name, out Test? test) ? test : throw new TemplateFault($"there is no test '{name}'");

    private static bool IsRest(Value value, int divisor, Run run, int rest) =>
        Comparison.AreEqual(Arithmetic.Apply("%", value, new IntegerValue(divisor), run), new IntegerValue(rest));

    /// <summary>Python keeps one object of true, false, none and of each small number and short text; others are the same only as themselves.</summary>
    private static bool IsSame(Value value, Value other) => ReferenceEquals(value, other)
        || (value is IntegerValue a && other is IntegerValue b && a.Number == b.Number && BigInteger.Abs(a.Number) <= 256)
        || (value is StringValue x && other is StringValue y && x.Chars == y.Chars);

    private static bool AreEqual(Value value, Arguments arguments, Run run)
    {
        Value other = arguments.Bind("eq", 1, "other")[0]!;
        run.Budget.Spend(Math.Min(value.Weight, other.Weight));
        return Comparison.AreEqual(value, other);
    }

    private static bool AreNotEqual(Value value, Arguments arguments, Run run) => !AreEqual(value, arguments, run);

    private static bool IsBelow(Value value, Arguments arguments, Run run) => Order(value, arguments, run) < 0;

    private static bool IsAtMost(Value value, Arguments arguments, Run run) => Order(value, arguments, run) <= 0;

    private static bool IsAbove(Value value, Arguments arguments, Run run) => Order(value, arguments, run) > 0;

    private static bool IsAtLeast(Value value, Arguments arguments, Run run) => Order(value, arguments, run) >= 0;

    private static int? Order(Value value, Arguments arguments, Run run)
    {
        Value other = arguments.Bind("the comparison", 1, "other")[0]!;
        run.Budget.Spend(Math.Min(value.Weight, other.Weight));
        return Comparison.Compare(value, other);
    }
}
