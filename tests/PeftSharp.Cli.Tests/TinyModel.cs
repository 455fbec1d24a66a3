using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;

namespace PeftSharp.Cli.Tests;

/// <summary>
/// A temporary folder (with a space in its name) with a small random model in <c>model/</c>, as Hugging Face has them, and
/// whatever files a test adds.
/// </summary>
internal sealed class TinyModel : IDisposable
{
    private const string Bert = """
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "type_vocab_size": 2, "initializer_range": 0.3, "max_position_embeddings": 48, "pad_token_id": 0,
        "vocab_size": 30522
        """;

    private const string Llama = """
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.4, "max_position_embeddings": 96, "vocab_size": 49152
        """;

    private const string T5 = """
        "model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4,
        "initializer_range": 0.3, "vocab_size": 30522, "pad_token_id": 0, "eos_token_id": 102, "decoder_start_token_id": 0, "dropout_rate": 0
        """;

    public TinyModel(bool decoder = false, string? tokenizer = null)
        : this(decoder ? Llama : Bert, decoder ? TaskType.CausalLanguageModel : TaskType.FeatureExtraction, tokenizer ?? (decoder ? Fixtures.PathOf("tokenizers", "smollm2") : Fixtures.Asset("models", "all-MiniLM-L6-v2")))
    {
    }

    private TinyModel(string settings, TaskType task, string tokenizer)
    {
        string config = $"{{ {settings} }}";
        Directory.CreateDirectory(Model);
        File.WriteAllText(PathOf("model", "config.json"), config);
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(tokenizer, file), PathOf("model", file));
        using BaseModel model = BaseModel.Create(
            ModelConfig.Parse(config, "test"), new() { Task = task }, seed: 4);
        SafetensorsWriter.Write(PathOf("model", "model.safetensors"), model.Parameters.Select(parameter => (parameter.StoredName, parameter.Stored)));
    }

    /// <summary>An encoder-decoder.</summary>
    public static TinyModel EncoderDecoder() => new(T5, TaskType.SequenceToSequence, Fixtures.Asset("models", "all-MiniLM-L6-v2"));

    /// <summary>A decoder of other settings, without braces and vocabulary.</summary>
    public static TinyModel Decoder(string settings) =>
        new(settings + ", \"vocab_size\": 49152, \"initializer_range\": 0.4", TaskType.CausalLanguageModel, Fixtures.PathOf("tokenizers", "smollm2"));

    public string Root { get; } = Directory.CreateTempSubdirectory("peft cli ").FullName;

    public string Model => Path.Combine(Root, "model");

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, string content)
    {
        File.WriteAllText(PathOf(name), content);
        return PathOf(name);
    }

    /// <summary>Two classes that a word decides.</summary>
    public string Reviews(string name = "reviews.csv", int rows = 24)
    {
        string[] lines = [.. Enumerable.Range(0, rows).Select(i => i % 2 == 0 ? $"a good film number {i},positive" : $"a bad film number {i},negative")];
        return Write(name, "text,label\n" + string.Join('\n', lines) + "\n");
    }

    /// <summary>Trains a run of few steps on <see cref="Reviews"/> and gives its folder.</summary>
    public string Trained(params string[] more)
    {
        string run = PathOf("run");
        PeftRun.Well(["train", "--model", Model, "--task", "SEQ_CLS", "--train", Reviews(), "--learning_rate", "1e-2", "--max_steps", "4", "--output_dir", run, .. more]);
        return run;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
