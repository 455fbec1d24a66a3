using System.Text;

namespace PeftSharp.Text.Patterns.Expressions;

/// <summary>
/// An expression of Oniguruma's (in its Ruby syntax, which the files are written for) as one of .NET's over the symbols of
/// an <see cref="Alphabet"/>. What cannot be said there is refused.
/// </summary>
internal sealed class Translation
{
    private const int MostDepth = 64;

    private static readonly string[] s_plainGroups = ["?:", "?=", "?!", "?<=", "?<!", "?>"];

    // Pieces of the result: text, or a set whose class is written when all sets are known.
    private readonly List<(string Text, CodeSet? Set)> _pieces = [];

    private Translation()
    {
    }

    /// <exception cref="NotSupportedException">It holds something that is not supported; the message names it.</exception>
    public static (string Expression, Alphabet Alphabet) Of(string expression)
    {
        Translation translation = new();
        SetReader reader = new(expression);
        translation.Alternatives(ref reader, new Options(false, false), 0);
        if (!reader.AtEnd)
            throw new NotSupportedException("a closing parenthesis without an opening one");
        Alphabet alphabet = new([NamedSets.NewLine, .. translation._pieces.Select(p => p.Set).OfType<CodeSet>().Distinct()]);
        StringBuilder result = new();
        foreach ((string text, CodeSet? set) in translation._pieces)
            result.Append(set is null ? text : alphabet.ClassOf(set));
        return (result.ToString(), alphabet);
    }

    private readonly record struct Options(bool IgnoreCase, bool DotIsAll);

    /// <summary>All up to the end or a closing parenthesis, which stays.</summary>
    private void Alternatives(ref SetReader reader, Options options, int depth)
    {
        if (depth > MostDepth)
            throw new NotSupportedException("groups within groups without end");
        int atom = -1;
        while (!reader.AtEnd && reader.Here != ')')
        {
            if (reader.Take("|"))
            {
                Add("|");
                atom = -1;
            }
            else if (reader.Take("(?#"))
            {
                while (!reader.AtEnd && !reader.Take(")"))
                    reader.At++;
            }
            else if (atom >= 0 && TryQuantifier(ref reader, out string quantifier, out bool possessive))
            {
                Quantify(atom, quantifier, possessive);
            }
            else
            {
                atom = _pieces.Count;
                Atom(ref reader, options, depth);
            }
        }
    }

    private void Atom(ref SetReader reader, Options options, int depth)
    {
        if (reader.Take("("))
            Group(ref reader, options, depth);
        else if (reader.Take("["))
            Add(reader.Bracket(options.IgnoreCase));
        else if (reader.Take("."))
            Add(options.DotIsAll ? CodeSet.All : NamedSets.NewLine.Negate());
        else if (reader.Take("^"))
            Add("^");
        else if (reader.Take("$"))
            Add("$");
        else if (reader.Take("\\b"))
            Boundary(isOne: true);
        else if (reader.Take("\\B"))
            Boundary(isOne: false);
        else if (reader.Take("\\A"))
            Add(@"\A");
        else if (reader.Take("\\z"))
            Add(@"\z");
        else if (reader.Take("\\Z"))
            Add(@"\Z");
        else if (reader.Take("\\"))
            Add(reader.Escape(), options);
        else if (reader.Here is '*' or '+' or '?')
            throw new NotSupportedException($"\"{reader.Here}\" with nothing before it");
        else
            Add(CodeSet.Of(reader.Character()), options);
    }

    private void Group(ref SetReader reader, Options options, int depth)
    {
        string? plain = null;
        foreach (string opening in s_plainGroups)
            if (plain is null && reader.Take(opening))
                plain = opening;
        if (plain is not null)
            Add("(" + plain);
        else if (reader.Take("?<") || reader.Take("?'"))
            Named(ref reader);
        else if (reader.Take("?"))
        {
            Add("(?:");
            options = Flags(ref reader, options, out bool alone);
            if (alone)
            {
                // (?i)a|b is (?i:a|b): what follows is its content, up to the parenthesis of the group around.
                Alternatives(ref reader, options, depth + 1);
                Add(")");
                return;
            }
        }
        else
        {
            Add("(?:");
        }
        Alternatives(ref reader, options, depth + 1);
        if (!reader.Take(")"))
            throw new NotSupportedException("a group without end");
        Add(")");
    }

    /// <summary>A name is of no use without references, which are refused.</summary>
    private void Named(ref SetReader reader)
    {
        while (!reader.AtEnd && reader.Here is not ('>' or '\''))
        {
            if (!char.IsLetterOrDigit(reader.Here) && reader.Here != '_')
                throw new NotSupportedException("a group of this kind");
            reader.At++;
        }
        reader.At++;
        Add("(?:");
    }

    /// <summary><c>i</c> ignores case, <c>m</c> lets a dot be a line feed. Without a colon they stand alone.</summary>
    private static Options Flags(ref SetReader reader, Options options, out bool alone)
    {
        bool on = true;
        for (; !reader.AtEnd && reader.Here is not (':' or ')'); reader.At++)
        {
            options = reader.Here switch
            {
                '-' when on => options,
                'i' => options with { IgnoreCase = on },
                'm' => options with { DotIsAll = on },
                var flag => throw new NotSupportedException($"the group option \"{flag}\""),
            };
            on &= reader.Here != '-';
        }
        alone = reader.Take(")");
        return alone || reader.Take(":") ? options : throw new NotSupportedException("a group of this kind");
    }

    private static bool TryQuantifier(ref SetReader reader, out string quantifier, out bool possessive)
    {
        quantifier = "";
        possessive = false;
        if (reader.Here is '*' or '+' or '?')
        {
            quantifier = reader.Here.ToString();
            reader.At++;
            possessive = reader.Take("+");
            if (!possessive && reader.Take("?"))
                quantifier += "?";
            return true;
        }
        if (reader.Here != '{')
            return false;
        SetReader ahead = reader;
        ahead.At++;
        string low = Digits(ref ahead);
        bool comma = ahead.Take(",");
        string high = comma ? Digits(ref ahead) : low;
        if (!ahead.Take("}") || (low.Length == 0 && high.Length == 0))
            return false;
        if (low.Length > 5 || high.Length > 5)
            throw new NotSupportedException("a repetition of more than 99,999");
        quantifier = $"{{{(low.Length == 0 ? "0" : low)}{(comma ? "," + high : "")}}}";
        // Ruby reads a{2}? as an optional a{2}.
        if (ahead.Take("?"))
            quantifier += comma ? "?" : "|?";
        reader = ahead;
        return true;
    }

    private static string Digits(ref SetReader reader)
    {
        StringBuilder digits = new();
        for (; !reader.AtEnd && char.IsAsciiDigit(reader.Here); reader.At++)
            digits.Append(reader.Here);
        return digits.ToString();
    }

    /// <summary>Repeats what was written from a place on, and makes it one atom.</summary>
    private void Quantify(int atom, string quantifier, bool possessive)
    {
        bool optional = quantifier.EndsWith("|?", StringComparison.Ordinal);
        _pieces.Insert(atom, (possessive ? "(?>" : "(?:", null));
        Add((optional ? quantifier[..^2] : quantifier) + ")" + (optional ? "?" : ""));
        if (!optional)
            return;
        _pieces.Insert(atom, ("(?:", null));
        Add(")");
    }

    /// <summary>Where a word begins or ends, or where it does not.</summary>
    private void Boundary(bool isOne)
    {
        string first = isOne ? "(?<!" : "(?<=", second = isOne ? "(?<=" : "(?<!";
        Add("(?:" + first);
        Add(NamedSets.Word);
        Add(")(?=");
        Add(NamedSets.Word);
        Add(")|" + second);
        Add(NamedSets.Word);
        Add(")(?!");
        Add(NamedSets.Word);
        Add("))");
    }

    private void Add(string text) => _pieces.Add((text, null));

    private void Add(CodeSet set) => _pieces.Add(("", set));

    /// <summary>A single character in either case; classes with a name stay what they are.</summary>
    private void Add(CodeSet set, Options options) =>
        Add(options.IgnoreCase && set.Ranges is [var only] && only.First == only.Last ? NamedSets.IgnoreCase(set) : set);
}
