using PeftSharp.Adapters;
using PeftSharp.Inference;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;

namespace PeftSharp.Tests.Inference;

/// <summary>
/// A model folder as Hugging Face has them, with small random weights and MiniLM's tokenizer, and saved adapters on it
/// named a, b, c, …; deleted at the end.
/// </summary>
internal sealed class TinyFolder : IDisposable
{
    private const string Bert = """
        "model_type": "bert", "hidden_size": 24, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "type_vocab_size": 2, "initializer_range": 0.3, "max_position_embeddings": 48, "pad_token_id": 0
        """;

    private const string Llama = """
        "model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "initializer_range": 0.4, "max_position_embeddings": 96
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("peftsharp").FullName;

    public TinyFolder(TaskType task, int adapters = 0, IReadOnlyList<string>? labels = null, string more = "")
    {
        bool decoder = task == TaskType.CausalLanguageModel;
        string tokenizer = decoder ? Fixtures.PathOf("tokenizers", "smollm2") : Fixtures.Asset("models", "all-MiniLM-L6-v2");
        string names = labels is null ? "" : $", \"id2label\": {{ {string.Join(", ", labels.Select((label, id) => $"\"{id}\": \"{label}\""))} }}";
        string config = $"{{ {(decoder ? Llama : Bert)}, \"vocab_size\": {(decoder ? 49152 : 30522)}{names}{more} }}";
        Directory.CreateDirectory(Model);
        File.WriteAllText(Path.Combine(Model, "config.json"), config);
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(tokenizer, file), Path.Combine(Model, file));
        using BaseModel model = BaseModel.Create(ModelConfig.Parse(config, "test"), new() { Task = task }, seed: 4);
        SafetensorsWriter.Write(Path.Combine(Model, "model.safetensors"), model.Parameters.Select(parameter => (parameter.Name, parameter.Value)));
        using PeftModel peft = new(model);
        for (int i = 0; i < adapters; i++)
            SaveAdapter(peft, i);
    }

    public string Model => Path.Combine(_root, "model with a space");

    public IReadOnlyList<string> Names { get; private set; } = [];

    public InferenceOptions Options
    {
        get
        {
            InferenceOptions options = new() { Model = Model };
            foreach (string name in Names)
                options.Adapters[name] = Adapter(name);
            return options;
        }
    }

    public string Adapter(string name) => Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void SaveAdapter(PeftModel peft, int number)
    {
        string name = ((char)('a' + number)).ToString();
        Adapter adapter = peft.AddAdapter(new LoraOptions { R = 4, LoraAlpha = 16 }, name, seed: number);
        RandomTensors random = new(seed: number + 1);
        foreach (TrainableTensor tensor in adapter.Trainable)
            random.FillNormal(tensor.Value);
        peft.SaveAdapter(_root, name);
        Names = [.. Names, name];
    }
}
