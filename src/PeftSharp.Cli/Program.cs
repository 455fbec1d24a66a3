using System.Runtime.InteropServices;
using PeftSharp.Cli;
using PeftSharp.Cli.Processes;
using PeftSharp.Tensors.Native;

// Lives as long as the process: a signal may come while it ends.
CancellationTokenSource interrupted = new();
Terminal terminal = Terminal.OfProcess();
int signals = 0;
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
StopByInput.Watch(interrupted.Cancel);
NativeFailure.SayInOneLine();
return await PeftCommand.RunAsync(args, terminal, interrupted.Token);

// The first signal lets the run write a checkpoint; a second one ends the process at once.
void Stop(PosixSignalContext context)
{
    if (context.Signal == PosixSignal.SIGINT && terminal.OnInterrupt is { } answer)
    {
        // Where it has nothing to stop, the process ends as any other would.
        context.Cancel = answer();
        return;
    }
    context.Cancel = Interlocked.Increment(ref signals) == 1;
    interrupted.Cancel();
}
