using System.Globalization;
using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>The argument <c>attribute</c> of filters: what is taken of each item.</summary>
internal static class ItemPath
{
    /// <summary>Takes a path such as <c>function.name</c> or <c>0.role</c> of an item; the item itself if none is given.</summary>
    public static Func<Value, Value> Picker(Value? path, Run run, Value? ifMissing = null)
    {
        if (path is null or NoneValue)
            return item => item;
        Value[] parts = path is StringValue names
            ? [.. names.Chars.Split('.').Select(Part)]
            : [path];
        return item =>
        {
            Value found = item;
            foreach (Value part in parts)
            {
                run.Budget.Spend();
                found = Access.Bracket(found, part, run);
                if (found is UndefinedValue && ifMissing is not null)
                    found = ifMissing;
            }
            return found;
        };
    }

    /// <summary>The same in lower case, unless case counts.</summary>
    public static Func<Value, Value> Folding(Func<Value, Value> pick, Value? caseSensitive, Run run) =>
        caseSensitive?.IsTrue ?? false ? pick : item =>
        {
            Value picked = pick(item);
            if (picked is not StringValue text)
                return picked;
            run.Budget.SpendChars(text.Chars.Length);
            return new StringValue(LetterCase.Lower(text.Chars));
        };

    private static Value Part(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
        ? new IntegerValue(index)
        : new StringValue(part);
}
