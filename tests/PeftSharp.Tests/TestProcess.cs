using System.Diagnostics;
using System.Xml.Linq;
using Xunit;

namespace PeftSharp.Tests;

/// <summary>Some tests of this program in a process of their own, with other environment variables.</summary>
internal static class TestProcess
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);

    /// <summary>Runs the classes and fails unless all of their tests pass or skip.</summary>
    /// <param name="variables">What the process is told besides what this one was.</param>
    /// <param name="classes">Filters of full class names, with a star at either end.</param>
    /// <returns>How many passed, and the reasons of those that skipped.</returns>
    public static (int Passed, string[] SkipReasons) Run(IReadOnlyDictionary<string, string> variables, params string[] classes)
    {
        string report = Path.Combine(Path.GetTempPath(), $"peftsharp-{Guid.NewGuid():N}.xml");
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "PeftSharp.Tests.exe" : "PeftSharp.Tests"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["-noLogo", "-noColor", "-explicit", "on", "-xml", report, .. classes.SelectMany(name => (string[])["-class", name])])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(_longest))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"The process did not end within {_longest}.");
            }
            Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{Failures(output.Result)}\n{errors.Result}");
            return Read(report);
        }
        finally
        {
            File.Delete(report);
        }
    }

    private static string Failures(string output) => string.Join('\n', output.Split('\n').SkipWhile(line => !line.Contains("[FAIL]", StringComparison.Ordinal)).Take(100));

    private static (int Passed, string[] SkipReasons) Read(string report)
    {
        XElement[] tests = [.. XDocument.Load(report).Descendants("test")];
        string[] results = [.. tests.Select(test => test.Attribute("result")!.Value)];
        Assert.DoesNotContain("Fail", results);
        return (results.Count(result => result == "Pass"), [.. tests.Where(test => test.Attribute("result")!.Value == "Skip").Select(test => test.Element("reason")!.Value)]);
    }
}
