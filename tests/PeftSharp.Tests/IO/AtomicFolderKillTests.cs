using System.Diagnostics;
using System.Globalization;
using PeftSharp.IO;
using PeftSharp.Testing;
using PeftSharp.Tests.Tensors;
using Xunit;

namespace PeftSharp.Tests.IO;

/// <summary>A process that replaces a folder again and again, killed at any moment as a power cut would.</summary>
public sealed class AtomicFolderKillTests
{
    private const int Kills = 30;

    [Fact, Trait("Category", "Slow")]
    public void Write_KilledAtAnyMoment_LeavesAWholeFolder()
    {
        using TemporaryFolder folder = new();
        string target = folder.At("adapter");
        SeededNumbers random = new(seed: 17);
        long[] moments = random.Integers(Kills, 0, 40_000);
        HashSet<string> seen = [];
        for (int kill = 0; kill < Kills; kill++)
        {
            string told = WriteAndKill(target, TimeSpan.FromMicroseconds(moments[kill]));
            AtomicFolder.Recover(target);
            string number = File.ReadAllText(Path.Combine(target, "adapter_config.json"));
            Assert.Equal(string.Concat(Enumerable.Repeat($"{number} ", 50_000)), File.ReadAllText(Path.Combine(target, "adapter_model.safetensors")));
            // What the process had said before is there, or the next one, which it had no time to tell of.
            Assert.InRange(Number(number), Number(told), Number(told) + 1);
            seen.Add(number);
        }
        Assert.True(seen.Count > 2, "every kill came at the same number");
        AtomicFolder.Clean(folder.Path);
        Assert.Equal([target], Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>The last number that the process told of before it was killed.</summary>
    private static string WriteAndKill(string target, TimeSpan after)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "PeftSharp.TrainingProcess.dll"), "replace", target },
        })!;
        string last = process.StandardOutput.ReadLine()!;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < after)
            Thread.SpinWait(50);
        process.Kill();
        while (process.StandardOutput.ReadLine() is { } line)
            last = line.Length > 0 ? line : last;
        process.WaitForExit();
        return last;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
