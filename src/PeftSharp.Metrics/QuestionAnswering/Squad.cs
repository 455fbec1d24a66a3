using System.Text;

namespace PeftSharp.Metrics;

/// <summary>Exact match and F1 of answers as SQuAD's evaluation scripts have them.</summary>
public static class Squad
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Lower case; without ASCII punctuation; without the words a, an, the; words one space apart.</summary>
    public static string Normalize(string answer) => string.Join(' ', Words(answer));

    /// <summary>True if the answer equals a reference, both normalised. Without references the right answer is none, "".</summary>
    public static bool ExactMatch(string prediction, IEnumerable<string> references)
    {
        string normalized = Normalize(prediction);
        return OrEmpty(references).Any(reference => Normalize(reference) == normalized);
    }

    /// <summary>
    /// The F1 of the words of the answer, as bags, against the nearest reference. Without references the right answer is
    /// none, "".
    /// </summary>
    /// <param name="prediction">The model's answer.</param>
    /// <param name="references">The right answers.</param>
    /// <param name="emptyMatchesEmpty">SQuAD 2.0: where either side has no words, 1 if both have none; in version 1.1 it is 0.</param>
    public static double F1(string prediction, IEnumerable<string> references, bool emptyMatchesEmpty = false)
    {
        List<string> words = Words(prediction);
        return OrEmpty(references).Max(reference => F1(words, Words(reference), emptyMatchesEmpty));
    }

    private static double F1(List<string> predicted, List<string> actual, bool emptyMatchesEmpty)
    {
        if (predicted.Count == 0 || actual.Count == 0)
            return emptyMatchesEmpty && predicted.Count == actual.Count ? 1 : 0;
        Dictionary<string, int> left = new(StringComparer.Ordinal);
        foreach (string word in actual)
            left[word] = left.GetValueOrDefault(word) + 1;
        int common = 0;
        foreach (string word in predicted)
        {
            int available = left.GetValueOrDefault(word);
            if (available == 0)
                continue;
            left[word] = available - 1;
            common++;
        }

        return 2.0 * common / (predicted.Count + actual.Count);
    }

    private static List<string> Words(string answer)
    {
        StringBuilder kept = new(answer.Length);
        foreach (char c in PythonText.Lower(answer))
            if (!Punctuation.Contains(c, StringComparison.Ordinal))
                kept.Append(c);
        return PythonText.Split(WithoutArticles(kept.ToString()));
    }

    // The regular expression \b(a|an|the)\b -> " ": an article between word boundaries, which need not be spaces.
    private static string WithoutArticles(string text)
    {
        StringBuilder kept = new(text.Length);
        int start = 0;
        for (int i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
            if (!PythonText.IsWordCharacter(rune))
            {
                Keep(text.AsSpan(start, i - start), kept);
                kept.Append(text, i, length);
                start = i + length;
            }

            i += length;
        }

        Keep(text.AsSpan(start), kept);
        return kept.ToString();
    }

    private static void Keep(ReadOnlySpan<char> word, StringBuilder kept)
    {
        if (word is "a" or "an" or "the")
            kept.Append(' ');
        else
            kept.Append(word);
    }

    private static IEnumerable<string> OrEmpty(IEnumerable<string> references) => references.DefaultIfEmpty("");
}
