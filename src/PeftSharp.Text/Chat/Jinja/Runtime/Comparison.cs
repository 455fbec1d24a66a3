using System.Numerics;
using System.Runtime.CompilerServices;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Runtime;

/// <summary>Equality, order and membership as Python has them.</summary>
internal static class Comparison
{
    public static bool AreEqual(Value left, Value right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return (left, right) switch
        {
            _ when ReferenceEquals(left, right) => true,
            (StringValue a, StringValue b) => string.Equals(a.Chars, b.Chars, StringComparison.Ordinal),
            (UndefinedValue, UndefinedValue) => true,
            (ListValue a, ListValue b) => AreEqual(a.Items, b.Items),
            (TupleValue a, TupleValue b) => AreEqual(a.Items, b.Items),
            (ViewValue a, ViewValue b) => a.TypeName == b.TypeName && AreEqual(a.Items, b.Items),
            (DictValue a, DictValue b) => AreEqual(a, b),
            (RangeValue a, RangeValue b) => a.Count == b.Count && (a.Count == 0 || (a.Start == b.Start && (a.Count == 1 || a.Step == b.Step))),
            _ => Numbers.IsNumber(left) && Numbers.IsNumber(right) && CompareNumbers(left, right) == 0,
        };
    }

    /// <summary>Below zero if left comes first, above if right does; null if neither holds, as for not-a-number.</summary>
    public static int? Compare(Value left, Value right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return (left, right) switch
        {
            (StringValue a, StringValue b) => CodePointText.Compare(a.Chars, b.Chars),
            (ListValue a, ListValue b) => Compare(a.Items, b.Items),
            (TupleValue a, TupleValue b) => Compare(a.Items, b.Items),
            (UndefinedValue missing, _) => throw new TemplateFault(missing.Message),
            (_, UndefinedValue missing) => throw new TemplateFault(missing.Message),
            _ when Numbers.IsNumber(left) && Numbers.IsNumber(right) => CompareNumbers(left, right),
            _ => throw new TemplateFault($"values of types '{left.TypeName}' and '{right.TypeName}' have no order"),
        };
    }

    /// <summary>Whether a container holds a value.</summary>
    public static bool Contains(Value container, Value item, Run run)
    {
        switch (container)
        {
            case StringValue text when item is StringValue part:
                run.Budget.SpendChars(text.Chars.Length);
                return text.Chars.Contains(part.Chars, StringComparison.Ordinal);
            case StringValue:
                throw Numbers.Misfit(item, "a text to look for within a text");
            case DictValue dict:
                return dict.TryGet(item, out _);
            case NamespaceValue or CyclerValue or JoinerValue:
                throw Numbers.Misfit(container, "something to look into");
            default:
                foreach (Value each in Iteration.Over(container, run))
                {
                    run.Budget.Spend(Math.Min(each.Weight, item.Weight));
                    if (AreEqual(each, item))
                        return true;
                }
                return false;
        }
    }

    private static int? CompareNumbers(Value left, Value right)
    {
        if (Numbers.TryInteger(left, out BigInteger a) && Numbers.TryInteger(right, out BigInteger b))
            return a.CompareTo(b);
        if (left is FloatValue x && right is FloatValue y)
            return double.IsNaN(x.Number) || double.IsNaN(y.Number) ? null : x.Number.CompareTo(y.Number);
        return left is FloatValue number
            ? CompareMixed(number.Number, right)
            : -CompareMixed(((FloatValue)right).Number, left);
    }

    /// <summary>A floating-point number with a whole one, exactly: converting either could lose digits.</summary>
    private static int? CompareMixed(double number, Value whole)
    {
        _ = Numbers.TryInteger(whole, out BigInteger exact);
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? null : Math.Sign(number);
        double floor = Math.Floor(number);
        int order = new BigInteger(floor).CompareTo(exact);
        return order == 0 && number > floor ? 1 : order;
    }

    private static bool AreEqual(IReadOnlyList<Value> left, IReadOnlyList<Value> right)
    {
        if (left.Count != right.Count)
            return false;
        for (int i = 0; i < left.Count; i++)
            if (!AreEqual(left[i], right[i]))
                return false;
        return true;
    }

    private static bool AreEqual(DictValue left, DictValue right) => left.Count == right.Count
        && left.Pairs.All(pair => right.TryGet(pair.Key, out Value? other) && AreEqual(pair.Value, other));

    private static int? Compare(IReadOnlyList<Value> left, IReadOnlyList<Value> right)
    {
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
            if (!AreEqual(left[i], right[i]))
                return Compare(left[i], right[i]);
        return left.Count.CompareTo(right.Count);
    }
}
