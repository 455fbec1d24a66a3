using System.Text.Json.Nodes;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>The methods that train virtual tokens, through every verb.</summary>
public sealed class VirtualTokenTests
{
    public static TheoryData<string> Methods =>
    [
        "{ peft_type: PREFIX_TUNING, num_virtual_tokens: 20 }",
        "{ peft_type: PREFIX_TUNING, num_virtual_tokens: 4, prefix_projection: true, encoder_hidden_size: 8 }",
        "{ peft_type: PROMPT_TUNING, num_virtual_tokens: 6, prompt_tuning_init: TEXT, prompt_tuning_init_text: good or bad }",
        "{ peft_type: P_TUNING, num_virtual_tokens: 3, encoder_reparameterization_type: LSTM, encoder_hidden_size: 8 }",
        "{ peft_type: MULTITASK_PROMPT_TUNING, num_virtual_tokens: 5, num_ranks: 2 }",
    ];

    [Theory, MemberData(nameof(Methods))]
    public void TrainEvaluatePredict_OfAClassifier_GoThrough(string method)
    {
        using TinyModel tiny = new();
        string run = Trained(tiny, method, "SEQ_CLS", "text,label\na good film,positive\na bad film,negative\ngood,positive\nbad,negative\n");
        Assert.Equal(4, (int)PeftRun.Well("evaluate", run, tiny.PathOf("data.csv"), "--json").Json["examples"]!);
        JsonNode prediction = JsonNode.Parse(PeftRun.Well("predict", run, "a good film", "--json").Out)!;
        Assert.Contains((string?)prediction["label"], new[] { "positive", "negative" });
        PeftRun.Well("predict", run, string.Join(' ', Enumerable.Repeat("long", 500)), "--json");
        Assert.Contains("prompt_embeddings", PeftRun.Well("inspect", Path.Combine(run, "adapter")).Out, StringComparison.Ordinal);
        PeftRun.Well("train", Path.Combine(run, "config.yaml"), "--output_dir", tiny.PathOf("again"));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(run, "adapter", "adapter_model.safetensors")),
            File.ReadAllBytes(tiny.PathOf("again", "adapter", "adapter_model.safetensors")));
    }

    [Theory, MemberData(nameof(Methods))]
    public void TrainGenerate_OfALanguageModel_GoThrough(string method)
    {
        using TinyModel tiny = new(decoder: true);
        string run = Trained(tiny, method, "CAUSAL_LM", "text\nonce upon a time\nthere was a prompt\n");
        JsonNode greedy = PeftRun.Well("generate", run, "Once upon", "--max_new_tokens", "6", "--json").Json;
        JsonNode bare = PeftRun.Well("generate", tiny.Model, "Once upon", "--max_new_tokens", "6", "--json").Json;
        Assert.NotEqual(bare.ToJsonString(), greedy.ToJsonString());
        PeftRun.Well("generate", run, "Once upon", "--max_new_tokens", "6", "--num_beams", "3", "--json");
    }

    [Fact]
    public void Merge_OfAPrefix_SaysWhyNot()
    {
        using TinyModel tiny = new();
        string run = Trained(tiny, "{ peft_type: PREFIX_TUNING, num_virtual_tokens: 2 }", "SEQ_CLS", "text,label\ngood,positive\nbad,negative\n");
        PeftRun failed = PeftRun.Of("merge", run, tiny.PathOf("merged"));
        Assert.NotEqual(0, failed.Exit);
        Assert.Contains("virtual tokens", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_WithTooManyTokensOrTooLongTexts_SaysWhatFits()
    {
        using TinyModel tiny = new();
        string[] args = ["train", "--model", tiny.Model, "--task", "SEQ_CLS", "--train", tiny.Reviews(), "--output_dir", tiny.PathOf("run"), "--peft_type", "PREFIX_TUNING"];
        string Error(params string[] more)
        {
            PeftRun run = PeftRun.Of([.. args, .. more]);
            Assert.NotEqual(0, run.Exit);
            return Assert.Single(run.ErrorLines, line => line.StartsWith("error: ", StringComparison.Ordinal));
        }
        Assert.Contains("num_virtual_tokens", Error(), StringComparison.Ordinal);
        Assert.Contains("num_virtual_tokens", Error("--num_virtual_tokens", "0"), StringComparison.Ordinal);
        Assert.Contains("48 positions", Error("--num_virtual_tokens", "48"), StringComparison.Ordinal);
        Assert.Contains("28 tokens", Error("--num_virtual_tokens", "20", "--max_length", "29"), StringComparison.Ordinal);
    }

    private static string Trained(TinyModel tiny, string method, string task, string rows)
    {
        string run = tiny.PathOf("run");
        string config = tiny.Write("run.yaml", $$"""
            model: "{{tiny.Model}}"
            task: {{task}}
            peft: {{method}}
            data: { train: "{{tiny.Write("data.csv", rows)}}" }
            training: { max_steps: 3, output_dir: "{{run}}", learning_rate: 1e-2 }
            """);
        PeftRun.Well("train", config);
        return run;
    }
}
