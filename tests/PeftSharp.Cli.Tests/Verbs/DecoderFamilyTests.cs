using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>Every decoder family through the verbs.</summary>
public sealed class DecoderFamilyTests
{
    private const string LlamaLike = "\"hidden_size\": 32, \"intermediate_size\": 48, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"num_key_value_heads\": 2";

    public static TheoryData<string, string> Families => new()
    {
        { "gemma", $"{LlamaLike}, \"head_dim\": 16" },
        { "gemma2", $"{LlamaLike}, \"head_dim\": 16, \"sliding_window\": 4" },
        { "gpt2", "\"n_embd\": 32, \"n_layer\": 2, \"n_head\": 4" },
        { "gpt_neo", "\"hidden_size\": 32, \"num_layers\": 2, \"num_heads\": 4, \"attention_types\": [[[\"global\", \"local\"], 1]], \"window_size\": 4" },
        { "gpt_neox", "\"hidden_size\": 32, \"intermediate_size\": 48, \"num_hidden_layers\": 2, \"num_attention_heads\": 4" },
        { "mistral", $"{LlamaLike}, \"sliding_window\": 4" },
        { "olmo2", LlamaLike },
        { "opt", "\"hidden_size\": 32, \"ffn_dim\": 48, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"word_embed_proj_dim\": 24" },
        { "phi3", $"{LlamaLike}, \"pad_token_id\": 0" },
        { "qwen2", LlamaLike },
        { "qwen3", LlamaLike },
        { "smollm3", LlamaLike },
    };

    [Theory, MemberData(nameof(Families))]
    public void TrainGenerateMerge_OfAFamily_GoThrough(string family, string settings)
    {
        using TinyModel tiny = TinyModel.Decoder($"\"model_type\": \"{family}\", {settings}");
        string run = tiny.PathOf("run"), merged = tiny.PathOf("merged"), data = tiny.Write("data.csv", "text\nonce upon a time\nthere was a model\nof another family\n");
        PeftRun.Well("train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", data, "--max_steps", "3", "--learning_rate", "0.1", "--target_modules", "all-linear", "--dtype", "float32", "--output_dir", run);
        string[] prompt = ["Once upon", "--max_new_tokens", "8", "--dtype", "float32"];
        string tuned = PeftRun.Well(["generate", run, .. prompt]).Out;
        Assert.NotEqual(PeftRun.Well(["generate", tiny.Model, .. prompt]).Out, tuned);
        PeftRun.Well("merge", run, merged);
        Assert.Equal(tuned, PeftRun.Well(["generate", merged, .. prompt]).Out);
        Assert.Contains(family, PeftRun.Well("inspect", tiny.Model).Out, StringComparison.Ordinal);
    }
}
