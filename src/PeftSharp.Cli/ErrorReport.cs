using PeftSharp.Tensors;
using PeftSharp.Tensors.Native;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli;

/// <summary>Turns an exception into one line and an exit code.</summary>
internal static class ErrorReport
{
    /// <summary>Writes <c>error: …</c> and gives the exit code.</summary>
    public static int Write(Terminal terminal, Exception error, bool verbose)
    {
        if (error is AggregateException { InnerExceptions: [Exception only] })
            error = only;
        if (error is OperationCanceledException)
        {
            terminal.Error.WriteLine("interrupted.");
            return ExitCodes.Interrupted;
        }
        terminal.Error.WriteLine($"error: {OneLine(Message(error))}");
        if (verbose)
            terminal.Error.WriteLine(error.ToString());
        return error is ConfigException ? ExitCodes.WrongUsage : ExitCodes.Failed;
    }

    /// <summary>Errors that are made for users say it all; any other is a fault of the program and names itself.</summary>
    private static string Message(Exception error) => error switch
    {
        PeftException or InvalidDataException or IOException or ArgumentException or UnauthorizedAccessException or TorchLoadException or NotSupportedException => WithoutParameter(error),
        _ when MemoryErrors.IsOutOfMemory(error) => "there is not enough memory; make per_device_train_batch_size, max_length or the batch size smaller.",
        _ => $"{error.GetType().Name}: {error.Message} (this is a fault of peft; --verbose shows where)",
    };

    /// <summary>ArgumentException adds the name of a C# parameter, which says nothing to a user.</summary>
    private static string WithoutParameter(Exception error) =>
        error is ArgumentException { ParamName: { } name } ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : error.Message;

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
