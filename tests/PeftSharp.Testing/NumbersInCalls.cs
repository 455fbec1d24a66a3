namespace PeftSharp.Testing;

/// <summary>
/// Finds numbers that go to TorchSharp's calls: the native scalar made of one may be freed while the call still reads it,
/// and the call then fails by chance. Read from compiled code, where every such number is a call that makes a scalar,
/// however it is spelled, and so are the operators and methods of TorchSharp that make one inside (<c>square</c>, <c>x.add(y)</c>).
/// </summary>
public static class NumbersInCalls
{
    private static readonly string[] _makers = ["TorchSharp.Scalar::op_Implicit(", "TorchSharp.Scalar::.ctor(", "TorchSharp.ScalarExtensionMethods::To"];

    private static readonly HashSet<string> _inTorchSharp = MakersInTorchSharp();

    /// <summary>The calls that make a scalar, each with the method that has it.</summary>
    /// <param name="assembly">A file beside the running tests.</param>
    /// <param name="allowed">Beginnings of the names of methods that keep their scalars alive.</param>
    public static IReadOnlyList<string> In(string assembly, params string[] allowed) =>
    [
        .. CallsOfAssembly.Read(PathOf(assembly))
            .Where(call => IsMaker(call.Callee) || _inTorchSharp.Contains(call.Callee))
            .Where(call => !allowed.Any(name => call.Caller.StartsWith(name, StringComparison.Ordinal)))
            .Select(call => $"{call.Caller} calls {call.Callee}"),
    ];

    private static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly);

    private static bool IsMaker(string callee) => _makers.Any(maker => callee.StartsWith(maker, StringComparison.Ordinal));

    /// <summary>The methods of TorchSharp that make a scalar, or call one that does.</summary>
    private static HashSet<string> MakersInTorchSharp()
    {
        IReadOnlyList<(string Caller, string Callee)> calls = CallsOfAssembly.Read(PathOf("TorchSharp.dll"));
        ILookup<string, string> callers = calls.ToLookup(call => call.Callee, call => call.Caller, StringComparer.Ordinal);
        Queue<string> open = new(calls.Where(call => IsMaker(call.Callee)).Select(call => call.Caller));
        HashSet<string> found = new(StringComparer.Ordinal);
        while (open.TryDequeue(out string? method))
            if (found.Add(method))
                foreach (string caller in callers[method])
                    open.Enqueue(caller);
        return found;
    }
}
