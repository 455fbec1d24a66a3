using PeftSharp.Adapters;
using PeftSharp.Workflows.Chatting;

namespace PeftSharp.Cli.Verbs;

/// <summary>Reads lines and answers them until there are no more.</summary>
internal sealed class ChatLoop(Terminal terminal, PeftModel model, ChatSession session)
{
    /// <summary>What stands for the base alone.</summary>
    public const string NoAdapter = "none";

    private const string Help =
        """
        /adapter NAME   answer with this adapter; /adapter none: with the base alone; /adapter: what there is
        /system TEXT    instructions in front of the conversation; /system: without any
        /reset          forget the conversation
        /exit           end
        """;

    private CancellationTokenSource? _answering;

    /// <summary>Runs.</summary>
    public void Run(CancellationToken cancellation)
    {
        if (terminal.CanAsk)
            terminal.Error.WriteLine("/help lists the commands, /exit ends.");
        terminal.OnInterrupt = StopAnswer;
        try
        {
            while (!cancellation.IsCancellationRequested && Next() is { } line)
            {
                if (line.Trim() is "/exit" or "/quit")
                    return;
                if (line.StartsWith('/'))
                    Obey(line);
                else if (!string.IsNullOrWhiteSpace(line))
                    Answer(line, cancellation);
            }
        }
        finally
        {
            terminal.OnInterrupt = null;
        }
    }

    private string? Next()
    {
        if (terminal.CanAsk)
        {
            terminal.Error.Write("> ");
            terminal.Error.Flush();
        }
        return terminal.ReadLine();
    }

    private bool StopAnswer()
    {
        CancellationTokenSource? answering = Volatile.Read(ref _answering);
        answering?.Cancel();
        return answering is not null;
    }

    private void Answer(string text, CancellationToken cancellation)
    {
        // Not disposed: a signal may still hold it.
        CancellationTokenSource answering = new();
        using CancellationTokenRegistration link = cancellation.Register(answering.Cancel);
        Volatile.Write(ref _answering, answering);
        try
        {
            session.Reply(text, piece =>
            {
                terminal.Out.Write(piece);
                terminal.Out.Flush();
            }, answering.Token);
            terminal.Out.WriteLine();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            terminal.Out.WriteLine();
        }
        catch (PeftException error)
        {
            terminal.Error.WriteLine($"error: {error.Message} (/reset forgets the conversation)");
        }
        finally
        {
            Volatile.Write(ref _answering, null);
        }
    }

    private void Obey(string line)
    {
        string[] parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        string argument = parts.Length > 1 ? parts[1] : "";
        switch (parts[0])
        {
            case "/help":
                terminal.Error.WriteLine(Help);
                break;
            case "/reset":
                session.Reset();
                terminal.Error.WriteLine("the conversation is forgotten.");
                break;
            case "/system":
                session.System = argument.Length > 0 ? argument : null;
                terminal.Error.WriteLine(argument.Length > 0 ? "the instructions are set." : "there are no instructions.");
                break;
            case "/adapter":
                Switch(argument);
                break;
            default:
                terminal.Error.WriteLine($"there is no command {parts[0]}; /help lists them.");
                break;
        }
    }

    private void Switch(string name)
    {
        if (name == NoAdapter)
            session.Adapters = Composition.None;
        else if (model.Adapters.ContainsKey(name))
            session.Adapters = Composition.Of(name);
        else
        {
            terminal.Error.WriteLine($"{(name.Length > 0 ? $"there is no adapter {name}; " : "")}the adapters are {string.Join(", ", model.Adapters.Keys.Append(NoAdapter))}.");
            return;
        }
        terminal.Error.WriteLine($"answers with {(name == NoAdapter ? "the base alone" : $"the adapter {name}")}.");
    }
}
