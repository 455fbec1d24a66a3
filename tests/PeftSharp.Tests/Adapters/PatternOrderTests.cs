using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Methods.Lora;
using PeftSharp.Models.Nodes;
using PeftSharp.Tests.Training;
using Xunit;

namespace PeftSharp.Tests.Adapters;

/// <summary>Of several patterns that match a module the first counts: in memory, in our file, and once its keys are sorted.</summary>
public sealed class PatternOrderTests
{
    private const string Ordered = """
        {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "k_proj", "v_proj"],
         "alpha_pattern": {"q_proj": 64, "layers.0.self_attn.q_proj": 2, "v_proj": 1},
         "rank_pattern": {"v_proj": 2, "self_attn.v_proj": 3, "k_proj": 5}}
        """;

    private static readonly Dictionary<string, (int Rank, double Scale)> _meant = new()
    {
        ["q_proj"] = (4, 16),
        ["k_proj"] = (5, 1.6),
        ["v_proj"] = (2, 0.5),
    };

    [Fact]
    public void Save_OfPatternsWhoseOrderMatters_MeansTheSameInAnyOrder()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", PeftMethods.Read(JsonSettings.Parse(Ordered, "test")));
        AssertMeant(tiny, tiny.Adapter);
        tiny.Model.SaveAdapter(folder.Root);
        AssertMeant(tiny, tiny.Model.LoadAdapter(folder.Root, "again"));

        // As HF would write it: every object's keys sorted.
        string path = Path.Combine(folder.Root, "adapter_config.json");
        File.WriteAllText(path, PythonJson.Write(JsonNode.Parse(File.ReadAllText(path))!.AsObject()));
        AssertMeant(tiny, tiny.Model.LoadAdapter(folder.Root, "sorted"));
    }

    [Fact]
    public void Save_OfPatternsThatAnyOrderReadsAlike_KeepsThemAsTheyStand()
    {
        using TemporaryFolder folder = new();
        using TinyModel tiny = TinyModel.Open("llama", new LoraOptions
        {
            R = 4,
            AlphaPattern = new Dictionary<string, double> { ["v_proj"] = 3, ["q_proj"] = 2 },
        });
        tiny.Model.SaveAdapter(folder.Root);
        JsonObject saved = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Root, "adapter_config.json")))!["alpha_pattern"]!.AsObject();
        Assert.Equal(["v_proj", "q_proj"], saved.Select(pair => pair.Key));
    }

    private static void AssertMeant(TinyModel tiny, Adapter adapter)
    {
        Linear[] nodes = [.. tiny.Base.Nodes.OfType<Linear>().Where(node => adapter.Slots.Linear.ContainsKey(node.Id))];
        Assert.NotEmpty(nodes);
        foreach (Linear node in nodes)
        {
            LoraLinear lora = Assert.IsType<LoraLinear>(adapter.Slots.Linear[node.Id][0]);
            Assert.Equal(_meant[node.Name], ((int)lora.A.shape[0], lora.Scale));
        }
    }
}
