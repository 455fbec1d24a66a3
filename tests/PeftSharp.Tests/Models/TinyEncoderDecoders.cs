namespace PeftSharp.Tests.Models;

/// <summary>The settings of tiny encoder-decoders.</summary>
internal static class TinyEncoderDecoders
{
    private const string T5 = """
        "model_type": "t5", "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 16, "dropout_rate": 0, "decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": 1
        """;

    private const string Bart = """
        "model_type": "bart", "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
        "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48, "max_position_embeddings": 48, "dropout": 0,
        "decoder_start_token_id": 2, "pad_token_id": 0, "eos_token_id": 2
        """;

    /// <summary>Those of a family, or null where it is none of these.</summary>
    public static string? Settings(string family) => family switch
    {
        "t5" => T5,
        "bart" => Bart,
        _ => null,
    };
}
