using System.Text.Json;
using PeftSharp.Methods;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Parity;

/// <summary>The cases in the fixture folder whose family and method exist here; one test each.</summary>
internal static class GoldenCases
{
    /// <summary>Every case, as <c>family/case</c>.</summary>
    public static IEnumerable<string> All { get; } = [.. Discover()];

    public static TheoryData<string> Bases => [.. All.Where(name => name.EndsWith("/base", StringComparison.Ordinal))];

    public static TheoryData<string> Tuned => [.. All.Where(name => !name.EndsWith("/base", StringComparison.Ordinal))];

    public static TheoryData<string> Saved => [.. All.Where(name => File.Exists(Path.Combine(PathOf(name), "adapter_config.json")))];

    /// <summary>Cases whose expected file has a tensor.</summary>
    public static IEnumerable<string> With(string tensor) => All.Where(name =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(PathOf(name), "expected.safetensors"));
        return file.Names.Contains(tensor);
    });

    /// <summary>Cases whose adapter puts virtual tokens before the text.</summary>
    public static IEnumerable<string> WithVirtualTokens => With("init.prompt_encoder.default.embedding.weight");

    public static string PathOf(string name) => Fixtures.PathOf(["hf_peft", .. name.Split('/')]);

    private static IEnumerable<string> Discover()
    {
        string root = Fixtures.PathOf("hf_peft");
        foreach (string family in Directory.GetDirectories(root).Order(StringComparer.Ordinal))
        {
            string baseFolder = Path.Combine(family, "base");
            if (!Directory.Exists(baseFolder) || !IsKnownFamily(baseFolder))
                continue;
            foreach (string folder in Directory.GetDirectories(family).Order(StringComparer.Ordinal))
                if (File.Exists(Path.Combine(folder, "case.json")) && IsKnownMethod(folder))
                    yield return $"{Path.GetFileName(family)}/{Path.GetFileName(folder)}";
        }
    }

    private static bool IsKnownFamily(string baseFolder) =>
        ModelFamilies.Names.Contains(ModelConfig.Load(baseFolder).ModelType);

    private static bool IsKnownMethod(string folder)
    {
        string config = Path.Combine(folder, "adapter_config.json");
        if (!File.Exists(config))
            return Path.GetFileName(folder) is "base" or "full" or "bitfit";
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(config));
        return PeftMethods.Names.Contains(document.RootElement.GetProperty("peft_type").GetString());
    }
}
