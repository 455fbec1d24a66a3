using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.Lora;

/// <summary>How training starts, and what a trained folder says of how it started.</summary>
public sealed class LoraInitTests
{
    private static readonly string _lora = Fixtures.PathOf("hf_peft", "llama", "lora");

    [Theory]
    [InlineData("gaussian", null, null, false)]
    [InlineData("orthogonal", null, null, false)]
    [InlineData("eva", "eva_config", """{"rho": 2.0, "tau": 0.99}""", false)]
    [InlineData("mica", null, null, false)]
    [InlineData("loftq", "loftq_config", """{"loftq_bits": 4, "loftq_iter": 1}""", true)]
    [InlineData("lora_ga", "lora_ga_config", """{"direction": "ArB2r"}""", true)]
    public void Load_OfTrainedFolderWithAnyStart_IsItsFactorsOnTheBase(string init, string? key, string? settings, bool warns)
    {
        using TemporaryFolder folder = new();
        Copy(folder, config =>
        {
            config["init_lora_weights"] = init;
            if (key is not null)
                config[key] = JsonNode.Parse(settings!);
        });
        using GoldenCase golden = GoldenCase.OpenAsSaved("hf_peft/llama/lora");
        Adapter adapter = golden.Model.LoadAdapter(folder.Root, "again");
        using Tensor logits = golden.Logits(Composition.Of("again"));
        Close.Relative(golden.Expected("logits"), logits, 1e-5, "logits");
        Assert.Equal(warns, adapter.Warnings.Any(warning => warning.Contains(init, StringComparison.Ordinal)));
        // What the folder said is said again.
        golden.Model.SaveAdapter(folder.Root, "again");
        JsonNode saved = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Root, "again", "adapter_config.json")))!;
        Assert.Equal(init, saved["init_lora_weights"]!.GetValue<string>());
        if (key is not null)
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(settings!), saved[key]));
    }

    [Fact]
    public void Load_OfCorda_SaysThatTheBaseIsNotKnown()
    {
        using TemporaryFolder folder = new();
        Copy(folder, config => config["init_lora_weights"] = "corda");
        using BaseModel model = BaseModel.Load(Fixtures.PathOf("hf_peft", "llama", "base"));
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(() => peft.LoadAdapter(folder.Root));
        Assert.Contains("path_initial_model_for_weight_conversion", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"eva\"", "activations")]
    [InlineData("\"loftq\"", "quantised")]
    [InlineData("\"lora_ga\"", "gradients")]
    [InlineData("\"corda\"", "activations")]
    [InlineData("\"mica\"", "A alone")]
    [InlineData("\"pissa_niter_0\"", "from 1 to 1000")]
    [InlineData("\"pissa_niter_2147483647\"", "from 1 to 1000")]
    [InlineData("\"pissa_niter_4x\"", "from 1 to 1000")]
    [InlineData("\"olorra\"", "olorra")]
    [InlineData("7", "init_lora_weights")]
    public void AddAdapter_OfStartThatCannotBeMade_SaysWhy(string init, string word)
    {
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(
            () => peft.AddAdapter(MethodVariants.Read($$"""{"peft_type": "LORA", "init_lora_weights": {{init}}}""")));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "even")]
    [InlineData(40, "40")]
    public void AddAdapter_OfRankThatTheStartCannotHave_SaysSo(int rank, string word)
    {
        using TinyModel tiny = TinyModel.Open("llama");
        LoraInit init = rank == 3 ? LoraInit.Orthogonal : LoraInit.Olora;
        PeftException error = Assert.Throws<PeftException>(() => tiny.Model.AddAdapter(new LoraOptions { R = rank, Init = init }, "x"));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    /// <summary>The rows of Q that A has are orthogonal to those that B has, so B A = Y Q₁ Q₀ᵀ Xᵀ = 0 while neither is.</summary>
    [Fact]
    public void AddAdapter_OfOrthogonal_StartsAsNothing()
    {
        using TinyModel tiny = TinyModel.Open("llama", new LoraOptions { R = 6, Init = LoraInit.Orthogonal });
        using var scope = NewDisposeScope();
        foreach ((Linear _, LoraLinear lora) in Tuners(tiny))
        {
            Assert.InRange(lora.B.matmul(lora.A).abs().max().item<float>(), 0, 1e-6f);
            // Values of deviation 0.1 in r/2 directions: ‖A‖² ≈ 0.01 · inputs · r/2.
            Assert.InRange(lora.A.Squared().mean().item<float>(), 0.002f, 0.01f);
            Assert.InRange(lora.B.Squared().mean().item<float>(), 0.002f, 0.01f);
        }
    }

    /// <summary>B has orthonormal columns, B A is W's part in the space of its first r columns, and s times it is off the base.</summary>
    [Fact]
    public void AddAdapter_OfOlora_TakesTheQrOffTheBase()
    {
        const int Rank = 4;
        using TinyModel tiny = TinyModel.Open("llama", new LoraOptions { R = Rank, LoraAlpha = 2, Init = LoraInit.Olora });
        using var scope = NewDisposeScope();
        foreach ((Linear node, LoraLinear lora) in Tuners(tiny))
        {
            Tensor weight = node.Weight.Value;
            Close.Relative(eye(Rank), lora.B.t().matmul(lora.B), 1e-5, "BᵀB");
            Close.Relative(weight.narrow(1, 0, Rank), lora.B.matmul(lora.A).narrow(1, 0, Rank), 1e-5, "first columns");
            Close.Relative(weight, tiny.Adapter.Effective(node.Weight).Plus(lora.DeltaWeight()), 1e-6, "whole");
            Assert.Equal(0.5, lora.Scale);
        }
    }

    private static IEnumerable<(Linear Node, LoraLinear Lora)> Tuners(TinyModel tiny) =>
        tiny.Base.Nodes.OfType<Linear>().Where(node => tiny.Adapter.Slots.Linear.ContainsKey(node.Id))
            .Select(node => (node, (LoraLinear)tiny.Adapter.Slots.Linear[node.Id][0]));

    private static void Copy(TemporaryFolder folder, Action<JsonObject> change)
    {
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            File.Copy(Path.Combine(_lora, file), Path.Combine(folder.Root, file));
        string path = Path.Combine(folder.Root, "adapter_config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }
}
