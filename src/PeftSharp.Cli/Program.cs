using System.Runtime.InteropServices;
using PeftSharp.Cli;

using CancellationTokenSource interrupted = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await PeftCommand.RunAsync(args, Terminal.OfProcess(), interrupted.Token);

// The first signal lets the run write a checkpoint; a second one ends the process at once.
void Stop(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
