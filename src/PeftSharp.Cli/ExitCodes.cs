namespace PeftSharp.Cli;

/// <summary>What <c>peft</c> gives back to the shell.</summary>
public static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>The run failed: a file, a model or data that cannot be used.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int WrongUsage = 2;

    /// <summary>Interrupted (Ctrl-C, SIGTERM).</summary>
    public const int Interrupted = 130;
}
