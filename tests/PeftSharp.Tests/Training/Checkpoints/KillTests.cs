using System.Diagnostics;
using Xunit;

namespace PeftSharp.Tests.Training;

/// <summary>Training in a process of its own, killed as a power cut would: no handler runs.</summary>
[Collection(SeededTorch.Name)]
public sealed class KillTests
{
    private const int Steps = 20;

    [Fact, Trait("Category", "Slow")]
    public void Train_KilledAgainAndAgainAndResumed_EndsWithTheSameBits()
    {
        using TemporaryFolder folder = new();
        RunToTheEnd(folder.At("whole"));
        string broken = folder.At("broken");
        int killedAt = Kill(broken, afterStep: 4, resume: false);
        Assert.True(killedAt < Steps, "the run ended before the kill");
        // What a kill in the middle of a checkpoint leaves behind.
        string left = $"checkpoint-6.partial-{Guid.NewGuid():N}";
        Directory.CreateDirectory(Path.Combine(broken, left));
        File.WriteAllText(Path.Combine(broken, left, "trainer_state.json"), "{");
        Kill(broken, afterStep: 8, resume: true);
        Kill(broken, afterStep: 15, resume: true);
        Assert.InRange(RunToTheEnd(broken, resume: true), 12, Steps - 1);
        foreach (string file in new[] { "adapter/adapter_model.safetensors", $"checkpoint-{Steps}/adapter_model.safetensors", $"checkpoint-{Steps}/optimizer.safetensors" })
            Assert.Equal(File.ReadAllBytes(folder.At("whole", file)), File.ReadAllBytes(Path.Combine(broken, file)));
        Assert.Equal(
            ["adapter", "checkpoint-18", "checkpoint-20"],
            Directory.GetFileSystemEntries(broken).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Kills the run once it has taken a step; returns the last step it told of.</summary>
    private static int Kill(string output, int afterStep, bool resume)
    {
        using Process process = Start(output, resume);
        int last = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (Number(line, "step") is not { } step)
                continue;
            last = step;
            if (step >= afterStep)
                process.Kill();
        }
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
        return last;
    }

    /// <summary>Lets the run end; returns the step it began after.</summary>
    private static int RunToTheEnd(string output, bool resume = false)
    {
        using Process process = Start(output, resume);
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n');
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Join('\n', lines));
        Assert.Contains($"finished {Steps}", lines);
        return lines.Select(line => Number(line, "started")).OfType<int>().Single();
    }

    private static Process Start(string output, bool resume)
    {
        ProcessStartInfo info = new(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "PeftSharp.TrainingProcess.dll"), TinyModel.FolderOf("bert"), output, $"{Steps}",
            },
        };
        if (resume)
            info.ArgumentList.Add("resume");
        return Process.Start(info)!;
    }

    private static int? Number(string line, string word) =>
        line.StartsWith(word + " ", StringComparison.Ordinal) && int.TryParse(line.AsSpan(word.Length + 1), out int number) ? number : null;
}
