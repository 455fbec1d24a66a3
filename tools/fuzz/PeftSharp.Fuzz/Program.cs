using PeftSharp.Fuzz;
using SharpFuzz;

if (args is not [{ } format, ..] || !Targets.ByFormat.TryGetValue(format, out Action<byte[]>? target))
{
    Console.Error.WriteLine($"usage: PeftSharp.Fuzz FORMAT [FILE|FOLDER ...]   FORMAT: {string.Join(", ", Targets.ByFormat.Keys)}");
    return 2;
}

if (args.Length == 1)
{
    // Under the fuzzer: one input a call, in a child that is started again when it dies.
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using MemoryStream all = new();
        stream.CopyTo(all);
        target(all.ToArray());
    });
    return 0;
}

// By hand: the files given, to look at what was found. The first that is mishandled ends the run.
foreach (string path in args.Skip(1).SelectMany(Files))
{
    Console.WriteLine(path);
    target(File.ReadAllBytes(path));
}
return 0;

static IEnumerable<string> Files(string path) => Directory.Exists(path) ? Directory.GetFiles(path).Order(StringComparer.Ordinal) : [path];
