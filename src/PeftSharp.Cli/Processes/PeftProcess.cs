using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace PeftSharp.Cli.Processes;

/// <summary>A command line of peft that was run in a process of its own.</summary>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>, or what the system gives a process that was ended.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">The last lines that it wrote to standard error.</param>
internal sealed record PeftProcess(int ExitCode, string Output, IReadOnlyList<string> Errors)
{
    private const int KeptErrors = 20;

    /// <summary>Runs to the end.</summary>
    /// <param name="args">What follows <c>peft</c>.</param>
    /// <param name="onError">Is told each line of standard error as it comes.</param>
    /// <param name="cancellationToken">Tells the process to stop, and waits until it has.</param>
    public static PeftProcess Run(IReadOnlyList<string> args, Action<string> onError, CancellationToken cancellationToken)
    {
        ProcessStartInfo info = Executable();
        foreach (string arg in args)
            info.ArgumentList.Add(arg);
        info.RedirectStandardInput = info.RedirectStandardOutput = info.RedirectStandardError = true;
        info.StandardOutputEncoding = info.StandardErrorEncoding = Encoding.UTF8;
        info.Environment[StopByInput.Variable] = "1";
        using Process process = new() { StartInfo = info };
        StringBuilder output = new();
        Queue<string> errors = new();
        process.OutputDataReceived += (_, line) => output.Append(line.Data).Append('\n');
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { Length: > 0 } text)
                return;
            errors.Enqueue(text);
            if (errors.Count > KeptErrors)
                errors.Dequeue();
            onError(text);
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (cancellationToken.Register(process.StandardInput.Close))
            process.WaitForExit();
        return new(process.ExitCode, output.ToString(), [.. errors]);
    }

    /// <summary>Why it failed, in one line.</summary>
    public string Reason()
    {
        const string Mark = "error: ";
        if (Errors.LastOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) is { } told)
            return told[Mark.Length..];
        // 128 + the number of the signal.
        string end = ExitCode switch
        {
            137 => "its process was killed (exit code 137), most likely because memory ran out",
            134 or 139 => $"its process crashed (exit code {ExitCode})",
            _ => $"its process ended with exit code {ExitCode}",
        };
        return Errors.Count > 0 ? $"{end}: {Errors[^1]}" : $"{end}.";
    }

    /// <summary>This program: its own executable, or dotnet with its assembly where something else (dotnet, a test) runs it.</summary>
    private static ProcessStartInfo Executable()
    {
        string assembly = typeof(PeftProcess).Assembly.Location;
        string name = typeof(PeftProcess).Assembly.GetName().Name!;
        if (Environment.ProcessPath is { } path && (assembly.Length == 0 || Path.GetFileNameWithoutExtension(path) == name))
            return new(path);
        return new(Dotnet()) { ArgumentList = { assembly } };
    }

    /// <summary>The dotnet that this process runs on: <c>root/shared/Microsoft.NETCore.App/version</c> is its folder.</summary>
    private static string Dotnet()
    {
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(host) ? Path.GetFullPath(host) : "dotnet";
    }
}
