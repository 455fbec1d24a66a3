using PeftSharp.Models;

namespace PeftSharp.Tests.Models;

/// <summary>Models of a few thousand random weights, with any further settings of config.json.</summary>
internal static class TinyConfigs
{
    private const string Bert = """
        "model_type": "bert", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "type_vocab_size": 2, "max_position_embeddings": 48, "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0
        """;

    /// <summary>The config.</summary>
    /// <param name="family">bert or one of <see cref="TinyDecoders"/>.</param>
    /// <param name="more">Further keys, each with a comma before it; they may replace none.</param>
    public static ModelConfig Config(string family, string more = "") => ModelConfig.Parse(
        $$"""{ {{(family == "bert" ? Bert : TinyDecoders.Settings(family))}}, "vocab_size": 60, "initializer_range": 0.3{{more}} }""", "config.json");

    /// <summary>The model of a config.</summary>
    public static BaseModel Create(string family, TaskType task, string more = "", IReadOnlyList<string>? labels = null, ProblemType? problem = null) =>
        BaseModel.Create(Config(family, more), new() { Task = task, Labels = labels, ProblemType = problem }, seed: 5);
}
