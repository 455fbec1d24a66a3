using System.CommandLine;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Benchmarking;
using PeftSharp.Workflows.Configuration;
using static TorchSharp.torch;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft doctor</c>.</summary>
internal static class DoctorVerb
{
    public static Verb Create(Terminal terminal)
    {
        Option<bool> json = SharedOptions.Json("the report");
        Command command = new("doctor", "reports what this machine has and what peft makes of it") { json };
        command.SetAction(parsed =>
        {
            MachineInfo machine = MachineInfo.Read();
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(ToJson(machine)));
            else
                terminal.OutConsole.Write(Tables.OfFacts(Facts(machine)));
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            "Reports the processor and its instruction sets, the cores and the memory this process may use, the dtype that dtype: auto takes, whether there are products in int8, the native libraries and a GPU if libtorch sees one. If libtorch cannot be loaded it says why and what to install.",
            [new("peft doctor", "a table"), new("peft doctor --json", "for a bug report or a program")]);
    }

    private static IEnumerable<KeyValuePair<string, string>> Facts(MachineInfo machine)
    {
        yield return new("system", machine.OperatingSystem);
        yield return new("processor", machine.Cpu.Model);
        yield return new("instruction sets", machine.Cpu.Names.Count > 0 ? string.Join(", ", machine.Cpu.Names) : "none of those that matter");
        yield return new("cores", $"{machine.UsableCores} ({machine.CoreLimit}); libtorch computes with {machine.TorchThreads} threads");
        yield return new("memory", Tables.Bytes(machine.MemoryBytes) + (machine.MemoryLimitBytes is null ? "" : " (limit of the control group)"));
        yield return new("dtype auto", Dtypes.NameOf(machine.PreferredDType));
        yield return new("products", Packed() is [_, ..] packed ? $"packed (oneDNN) in {string.Join(", ", packed)}" : "plain: without AVX-512 packed ones are no faster; bfloat16 weights are widened to float32 in panels");
        yield return new("compute int8", ProductRates.WhyNoInt8 ?? "available");
        yield return new("TorchSharp", $"{machine.TorchSharpVersion} on libtorch {machine.LibTorchVersion}");
        foreach (string library in machine.NativeLibraries)
            yield return new("library", library);
        if (machine.PatchedLibrary is { } patched)
            yield return new("adapted library", patched);
        yield return new("GPU", machine.CudaDevices > 0 ? $"{machine.CudaDevices} CUDA" : machine.HasMps ? "Apple (mps)" : "none that libtorch sees");
        yield return new("allocator", machine.Allocator);
        yield return new("OpenMP", machine.OpenMp);
    }

    /// <summary>The dtypes in which products with frozen weights are packed.</summary>
    private static string[] Packed() =>
    [
        .. ((ScalarType[])[ScalarType.Float32, ScalarType.BFloat16]).Where(ProductRates.ArePacked).Select(Dtypes.NameOf),
    ];

    private static JsonObject ToJson(MachineInfo machine) => new()
    {
        ["os"] = machine.OperatingSystem,
        ["cpu"] = machine.Cpu.Model,
        ["cpu_features"] = new JsonArray([.. machine.Cpu.Names.Select(name => (JsonNode)name)]),
        ["cores"] = machine.UsableCores,
        ["core_limit"] = machine.CoreLimit,
        ["torch_threads"] = machine.TorchThreads,
        ["memory_bytes"] = machine.MemoryBytes,
        ["memory_limit_bytes"] = machine.MemoryLimitBytes,
        ["dtype"] = Dtypes.NameOf(machine.PreferredDType),
        ["packed_products"] = new JsonArray([.. Packed().Select(name => (JsonNode)name)]),
        ["int8_products"] = ProductRates.WhyNoInt8 is null,
        ["torchsharp"] = machine.TorchSharpVersion,
        ["libtorch"] = machine.LibTorchVersion,
        ["native_libraries"] = new JsonArray([.. machine.NativeLibraries.Select(path => (JsonNode)path)]),
        ["patched_library"] = machine.PatchedLibrary,
        ["cuda_devices"] = machine.CudaDevices,
        ["mps"] = machine.HasMps,
        ["allocator"] = machine.Allocator,
        ["openmp"] = machine.OpenMp,
    };
}
