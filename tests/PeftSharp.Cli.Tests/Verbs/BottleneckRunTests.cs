using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>Bottleneck adapters, ReFT and unions of methods from the command line, from training to prediction.</summary>
public sealed class BottleneckRunTests
{
    public static TheoryData<string> Settings =>
    [
        "{ peft_type: BOTTLENECK, reduction_factor: 4 }",
        "{ peft_type: BOTTLENECK, preset: double_seq_bn, reduction_factor: {0: 2, default: 4}, add_bias: false }",
        "{ peft_type: BOTTLENECK, preset: par_bn, bottleneck_size: 3, scaling: learned }",
        "{ peft_type: BOTTLENECK, preset: compacter, reduction_factor: 4, phm_dim: 2 }",
        "{ peft_type: BOTTLENECK, preset: seq_bn_inv, reduction_factor: 4, leave_out: [0] }",
        "{ peft_type: REFT, r: 2, prefix_positions: 2, suffix_positions: 1 }",
        "{ peft_type: HUB_LORA, composition_mode: scale, attn_matrices: [k, v], intermediate_lora: true, use_gating: true }",
        "{ peft_type: HUB_PREFIX, prefix_length: 4, bottleneck_size: 8, leave_out: [1] }",
        "{ peft_type: HUB_PROMPT, prompt_length: 4, combine: prefix_after_bos, prompt_init: from_string, prompt_init_text: a good film }",
        "{ peft_type: UNION, configs: [{ peft_type: LORA, r: 2 }, { peft_type: BOTTLENECK, reduction_factor: 4 }] }",
    ];

    [Theory, MemberData(nameof(Settings))]
    public void Train_ThenUse_GivesTheSameModelEverywhere(string peft)
    {
        using TinyModel tiny = new();
        string config = Config(tiny, peft), run = tiny.PathOf("run");
        PeftRun.Well("train", config);
        PeftRun.Well("train", Path.Combine(run, "config.yaml"), "--output_dir", tiny.PathOf("again"));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(run, "adapter", "adapter_model.safetensors")),
            File.ReadAllBytes(tiny.PathOf("again", "adapter", "adapter_model.safetensors")));
        JsonNode score = PeftRun.Well("evaluate", run, tiny.Reviews("test.csv", 10), "--json").Json;
        Assert.InRange((double)score["accuracy"]!, 0, 1);
        PeftRun.Well("predict", run, "a good film", "--json");
        PeftRun.Well("inspect", Path.Combine(run, "adapter"));
    }

    [Fact]
    public void Merge_OfBottleneck_SaysWhyNot()
    {
        using TinyModel tiny = new();
        PeftRun.Well("train", Config(tiny, "{ peft_type: BOTTLENECK, reduction_factor: 4 }"));
        PeftRun.Fails(1, ["merge", tiny.PathOf("run"), tiny.PathOf("merged")], "(BOTTLENECK) adds layers of its own", "keep the adapter beside the model");
        Assert.False(Directory.Exists(tiny.PathOf("merged")));
    }

    [Theory]
    [InlineData("{ peft_type: BOTTLENECK, reduction_factor: 100000 }", "reduction_factor 100000 leaves no usable bottleneck")]
    [InlineData("{ peft_type: BOTTLENECK, preset: houlsbi }", "'houlsbi' is not")]
    [InlineData("{ peft_type: BOTTLENECK, lora_alpha: 4 }", "BOTTLENECK has no option \"lora_alpha\"")]
    [InlineData("{ peft_type: UNION, configs: [{ peft_type: LORA, reduction_factor: 4 }] }", "LORA has no option \"reduction_factor\"")]
    [InlineData("{ peft_type: UNION, configs: [{ peft_type: LORA }, { peft_type: LORA }] }", "train 'base_model.model.")]
    [InlineData("{ peft_type: UNION }", "A union has no parts")]
    [InlineData("{ peft_type: HUB_PREFIX, leave_out: [7] }", "leave_out names layer 7")]
    [InlineData("{ peft_type: HUB_PROMPT, combine: suffix }", "prefix, prefix_after_bos")]
    [InlineData("{ peft_type: HUB_PROMPT, prompt_init: from_string }", "needs prompt_init_text")]
    [InlineData("{ peft_type: ADAPTER_FUSION, adapter_names: [a, b] }", "give the adapters' folders in adapter_folders")]
    public void Train_OfWhatCannotBe_SaysSoInOneLine(string peft, string words)
    {
        using TinyModel tiny = new();
        PeftRun failed = PeftRun.Of("train", Config(tiny, peft));
        Assert.NotEqual(0, failed.Exit);
        Assert.Contains(words, Assert.Single(failed.ErrorLines, line => line.StartsWith("error: ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static string Config(TinyModel tiny, string peft) => tiny.Write("run.yaml", $$"""
        model: "{{tiny.Model}}"
        task: SEQ_CLS
        peft: {{peft}}
        data: { train: "{{tiny.Reviews()}}" }
        training: { max_steps: 3, output_dir: "{{tiny.PathOf("run")}}", learning_rate: 1e-3 }
        """);
}
