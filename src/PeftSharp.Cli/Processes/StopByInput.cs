namespace PeftSharp.Cli.Processes;

/// <summary>
/// How a process that peft started is told to stop: its standard input ends. Works on every system, and also where the
/// process that started it is killed and can tell nobody.
/// </summary>
internal static class StopByInput
{
    /// <summary>Set in the environment of such a process; any other reads its input itself.</summary>
    public const string Variable = "PEFTSHARP_STOP_BY_INPUT";

    /// <summary>Calls <paramref name="stop"/> when the input ends, where the environment says so.</summary>
    public static void Watch(Action stop)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 })
            return;
        Stream input = Console.OpenStandardInput();
        new Thread(() =>
        {
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
            }
            stop();
        })
        { IsBackground = true, Name = "stop by input" }.Start();
    }
}
