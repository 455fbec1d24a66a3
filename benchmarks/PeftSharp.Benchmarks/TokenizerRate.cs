using System.Diagnostics;
using System.Text.Json.Nodes;
using PeftSharp.Text;

namespace PeftSharp.Benchmarks;

/// <summary>
/// Short texts a second on one core, beside Hugging Face's library (through Tokenizers.DotNet, its binding on NuGet). The
/// texts are different from each other: words of a data set in random order. Ids are compared before anything is measured.
/// </summary>
internal static class TokenizerRate
{
    private const int Compared = 2_000;

    /// <param name="files">Paths of tokenizer.json.</param>
    /// <param name="data">A CSV file whose first column holds texts.</param>
    /// <param name="count">How many texts.</param>
    public static void Run(string[] files, string data, int count)
    {
        string[] texts = Draw(File.ReadAllText(data).Split([' ', '\n', ',', '"'], StringSplitOptions.RemoveEmptyEntries), count);
        Console.WriteLine($"{count} texts of {texts.Average(t => t.Length):f0} characters");
        foreach (string file in files)
            Measure(file, texts);
    }

    private static void Measure(string file, string[] texts)
    {
        // Truncation and padding that are stored in the file are applied by the other library and not by this one.
        JsonNode root = JsonNode.Parse(File.ReadAllText(file))!;
        root["truncation"] = root["padding"] = null;
        string plain = Path.GetTempFileName();
        try
        {
            File.WriteAllText(plain, root.ToJsonString());
            Tokenizer ours = Tokenizer.Load(plain);
            using Tokenizers.DotNet.Tokenizer theirs = new(plain);
            foreach (string text in texts.Take(Compared))
                if (!theirs.Encode(text).Select(id => (int)id).SequenceEqual(ours.Encode(text).ToIdArray()))
                    throw new InvalidOperationException($"{file}: the ids of \"{text}\" differ.");
            double own = Rate(texts, text => ours.Encode(text).Length), other = Rate(texts, text => theirs.Encode(text).Length);
            Console.WriteLine(
                $"{Path.GetFileName(Path.GetDirectoryName(file)),-12} {root["model"]!["type"],-10} {own / 1e3,5:f0} thousand texts/s, Hugging Face's {other / 1e3,5:f0}; {own / other:f1} times");
        }
        finally
        {
            File.Delete(plain);
        }
    }

    private static double Rate(string[] texts, Func<string, int> encode)
    {
        foreach (string text in texts.Take(Compared))
            encode(text);
        long start = Stopwatch.GetTimestamp();
        foreach (string text in texts)
            encode(text);
        return texts.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string[] Draw(string[] words, int count)
    {
        Random random = new(3);
        string[] texts = new string[count];
        for (int i = 0; i < count; i++)
            texts[i] = string.Join(' ', Enumerable.Range(0, random.Next(4, 16)).Select(_ => words[random.Next(words.Length)]));
        return texts;
    }
}
