using System.Text.Json;
using PeftSharp.AdapterFolders.Hub;
using PeftSharp.Methods;
using PeftSharp.Models;
using PeftSharp.Models.Families;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Parity;

/// <summary>The cases of <c>hf_peft*/</c> and <c>adapters*/</c> whose family and method exist here; one test each.</summary>
internal static class GoldenCases
{
    /// <summary>Every case, as <c>root/family/case</c>.</summary>
    public static IEnumerable<string> All { get; } = [.. Discover()];

    public static TheoryData<string> Bases => [.. All.Where(name => name.EndsWith("/base", StringComparison.Ordinal))];

    public static TheoryData<string> Tuned => [.. All.Where(name => !name.EndsWith("/base", StringComparison.Ordinal))];

    public static TheoryData<string> Saved => [.. All.Where(name => File.Exists(Path.Combine(PathOf(name), "adapter_config.json")) && !HubCases.ForgetsTensors(PathOf(name)))];

    /// <summary>Cases whose folder peft wrote.</summary>
    public static TheoryData<string> SavedByPeft => [.. SavedIn("hf_peft")];

    /// <summary>Cases whose folder AdapterHub's library wrote.</summary>
    public static TheoryData<string> SavedByHub => [.. SavedIn("adapters")];

    /// <summary>Cases whose expected file has a tensor.</summary>
    public static IEnumerable<string> With(string tensor) => All.Where(name =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(PathOf(name), "expected.safetensors"));
        return file.Names.Contains(tensor);
    });

    /// <summary>True for a folder whose adapter is peft's.</summary>
    public static bool IsOfPeft(string folder) => File.Exists(Path.Combine(folder, "adapter_config.json")) && !HubCases.IsHub(folder);

    /// <summary>
    /// False where the reference drew numbers while it trained: transformers puts a dropout of 0.1 before a decoder's token
    /// classifier, unless the config has a classifier_dropout, and before DistilBERT's answers the qa_dropout.
    /// </summary>
    public static bool TrainsWithoutDropout(string name)
    {
        ModelConfig config = ModelConfig.Load(Path.Combine(Path.GetDirectoryName(PathOf(name))!, "base"));
        return ModelFamilies.TaskOf(config) switch
        {
            TaskType.TokenClassification => !ModelFamilies.Of(config).Architectures.ContainsKey(TaskType.CausalLanguageModel) || config.Has("classifier_dropout"),
            TaskType.QuestionAnswering => config.ModelType != "distilbert" || config.Probability("qa_dropout", 0.1) == 0,
            _ => true,
        };
    }

    /// <summary>False where AdapterHub's library adds 1 to the scores of DistilBERT's prefix or prompt, as it does with sdpa attention (its README's word for a fault).</summary>
    public static bool AttendsAsMeant(string name)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(PathOf(name), "case.json")));
        return !golden.RootElement.TryGetProperty("attn_implementation", out JsonElement attention) || attention.GetString() != "sdpa";
    }

    /// <summary>True for a case of two stacks.</summary>
    public static bool IsOfAnEncoderDecoder(string name) => ModelConfig.Load(Path.Combine(Path.GetDirectoryName(PathOf(name))!, "base")).Flag("is_encoder_decoder", false);

    /// <summary>True where layers run more than once: peft merges the tuners of every time into the weight that they share, and its merged logits are not its logits.</summary>
    public static bool RepeatsLayers(string name)
    {
        string path = Path.Combine(PathOf(name), "adapter_config.json");
        if (!File.Exists(path))
            return false;
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(path));
        return config.RootElement.TryGetProperty("layer_replication", out JsonElement ranges) && ranges.ValueKind == JsonValueKind.Array;
    }

    private static IEnumerable<string> SavedIn(string root) =>
        Saved.Select(row => row.Data).Where(name => name.StartsWith(root, StringComparison.Ordinal));

    /// <summary>Cases whose adapter puts virtual tokens before the text.</summary>
    public static IEnumerable<string> WithVirtualTokens => With("init.prompt_encoder.default.embedding.weight");

    public static string PathOf(string name) =>
        // A family and a case alone are peft's.
        name.Split('/') is { Length: 2 } parts ? Fixtures.PathOf(["hf_peft", .. parts]) : Fixtures.PathOf(name.Split('/'));

    /// <summary>Every folder <c>hf_peft*</c> and <c>adapters*</c> holds families, or further folders of them (<c>hf_peft_drawn/known</c>).</summary>
    private static IEnumerable<string> Discover() =>
        from root in ((string[])["hf_peft*", "adapters*"]).SelectMany(pattern => Directory.GetDirectories(Fixtures.Root, pattern).Order(StringComparer.Ordinal))
        from family in FamiliesBelow(root)
        from folder in Directory.GetDirectories(family).Order(StringComparer.Ordinal)
        where File.Exists(Path.Combine(folder, "case.json")) && IsKnownMethod(folder)
        select Path.GetRelativePath(Fixtures.Root, folder).Replace(Path.DirectorySeparatorChar, '/');

    private static IEnumerable<string> FamiliesBelow(string folder)
    {
        foreach (string inner in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            string baseFolder = Path.Combine(inner, "base");
            if (!Directory.Exists(baseFolder))
                foreach (string family in FamiliesBelow(inner))
                    yield return family;
            else if (IsKnownFamily(baseFolder))
                yield return inner;
        }
    }

    private static bool IsKnownFamily(string baseFolder) =>
        ModelFamilies.Names.Contains(ModelConfig.Load(baseFolder).ModelType);

    private static bool IsKnownMethod(string folder)
    {
        string config = Path.Combine(folder, "adapter_config.json");
        if (!File.Exists(config))
            return Path.GetFileName(folder) is "base" or "full" or "bitfit" || HubCases.IsFusion(folder);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(config));
        if (document.RootElement.TryGetProperty("peft_type", out JsonElement type))
            return PeftMethods.Names.Contains(type.GetString());
        return IsKnown(document.RootElement.GetProperty("config"));
    }

    /// <summary>True for a method of AdapterHub that exists here.</summary>
    private static bool IsKnown(JsonElement config)
    {
        if (!config.TryGetProperty("architecture", out JsonElement architecture) || architecture.ValueKind == JsonValueKind.Null)
            return true;
        return architecture.GetString() == "union"
            ? config.GetProperty("configs").EnumerateArray().All(IsKnown)
            : HubConfig.Architectures.Contains(architecture.GetString());
    }
}
