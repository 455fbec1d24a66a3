using PeftSharp.IO;

namespace PeftSharp.Tensors.Native;

/// <summary>
/// How long libgomp's workers spin after a parallel region before they sleep. Its default, 300,000 turns (about a
/// millisecond), takes the core from C# threads that run next (tokenising, the collector); sleeping at once makes small
/// products slower. With 10,000 turns products run as fast as with the default. The fused kernels need no core back: they run
/// on these workers (<see cref="OpenMpRegion"/>).
/// </summary>
internal static class OpenMpTuning
{
    private const string SpinCount = "GOMP_SPINCOUNT", WaitPolicy = "OMP_WAIT_POLICY", Turns = "10000";

    /// <summary>What was done, in words, for the machine report.</summary>
    public static string State { get; private set; } = "not set yet";

    /// <summary>Sets the count, unless the user has chosen; must run before libgomp is loaded, which reads it once.</summary>
    public static void Apply() => State = Decide();

    private static string Decide()
    {
        foreach (string name in (ReadOnlySpan<string>)[SpinCount, WaitPolicy])
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } chosen)
                return $"{name}={chosen}, as set outside";
        if (LibC.Version is null)
            return "the system's own";
        // Environment.SetEnvironmentVariable changes the runtime's copy only; native code would not see it.
        return LibC.SetEnv(SpinCount, Turns, overwrite: 0) == 0 ? $"{SpinCount}={Turns}" : "the system's own (setenv failed)";
    }
}
