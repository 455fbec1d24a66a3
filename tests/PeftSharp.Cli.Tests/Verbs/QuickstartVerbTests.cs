using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

public sealed class QuickstartVerbTests
{
    [Fact]
    public void Quickstart_FewStepsOnFewRows_TellsItAll()
    {
        string root = Directory.CreateTempSubdirectory("peft quick").FullName;
        try
        {
            string[] intents = ["card_arrival", "lost_card", "top_up", "exchange_rate"];
            foreach (string file in (string[])["train.csv", "test.csv"])
                File.WriteAllLines(Path.Combine(root, file), ["text,category", .. Enumerable.Range(0, 24).Select(i => $"a question number {i},{intents[i % intents.Length]}")]);
            PeftRun run = PeftRun.Well(
                "quickstart", "--model", Fixtures.Asset("models", "all-MiniLM-L6-v2"), "--data", root, "--max_steps", "3",
                "--output_dir", Path.Combine(root, "run"), "--ask", "Where is my card?");
            foreach (string word in (string[])["test before", "test after", "accuracy", "macro_f1", "saved", "%", "\"Where is my card?\""])
                Assert.Contains(word, run.Out, StringComparison.Ordinal);
            Assert.Equal(3, run.Out[run.Out.IndexOf("\"Where is", StringComparison.Ordinal)..].Split('\n').Count(line => line.Contains(" %  ", StringComparison.Ordinal)));
            Assert.True(File.Exists(Path.Combine(root, "run", "adapter", "adapter_model.safetensors")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
