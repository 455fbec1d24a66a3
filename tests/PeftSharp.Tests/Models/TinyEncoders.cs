namespace PeftSharp.Tests.Models;

/// <summary>The config.json of an encoder of each family, for models of a few thousand random weights that drop nothing.</summary>
internal static class TinyEncoders
{
    private const string Sizes = """
        "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 48,
        "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0
        """;

    private static readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        ["bert"] = Sizes + """, "type_vocab_size": 2""",
        ["roberta"] = Sizes + """, "type_vocab_size": 1, "pad_token_id": 1""",
        ["xlm-roberta"] = Sizes + """, "type_vocab_size": 1, "pad_token_id": 1""",
        ["electra"] = Sizes + """, "embedding_size": 24""",
        ["distilbert"] = """
            "dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 48,
            "dropout": 0, "attention_dropout": 0, "seq_classif_dropout": 0, "qa_dropout": 0
            """,
        ["deberta-v2"] = Sizes + """
            , "relative_attention": true, "position_buckets": 6, "norm_rel_ebd": "layer_norm", "share_att_key": true,
            "pos_att_type": "p2c|c2p", "position_biased_input": false, "type_vocab_size": 0
            """,
    };

    /// <summary>The families.</summary>
    public static IEnumerable<string> Names => _settings.Keys;

    /// <summary>The settings of one.</summary>
    public static string Settings(string family) => $"\"model_type\": \"{family}\", {_settings[family]}";
}
