using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Inference;

/// <summary>A folder of sentence-transformers: a small BERT, mean pooling, a Dense module with tanh, and Normalize, with a default prompt.</summary>
internal static class SentenceModel
{
    public static TinyFolder Create(bool includePrompt)
    {
        TinyFolder folder = new(TaskType.FeatureExtraction);
        Write("modules.json", """
            [{ "idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer" },
             { "idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling" },
             { "idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense" },
             { "idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize" }]
            """);
        Write("config_sentence_transformers.json", """{ "prompts": { "query": "the question: ", "passage": "passage: " }, "default_prompt_name": "passage" }""");
        Write("sentence_bert_config.json", """{ "max_seq_length": 40, "do_lower_case": false }""");
        Write("1_Pooling/config.json", $$"""{ "word_embedding_dimension": 24, "pooling_mode_mean_tokens": true, "include_prompt": {{(includePrompt ? "true" : "false")}} }""");
        Write("2_Dense/config.json", """{ "in_features": 24, "out_features": 5, "bias": true, "activation_function": "torch.nn.modules.activation.Tanh" }""");
        using var scope = NewDisposeScope();
        RandomTensors random = new(seed: 7);
        SafetensorsWriter.Write(
            Path.Combine(folder.Model, "2_Dense", "model.safetensors"),
            [("linear.weight", random.Normal(5, 24)), ("linear.bias", random.Normal(5))]);
        return folder;

        void Write(string name, string json)
        {
            string path = Path.Combine(folder.Model, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, json);
        }
    }
}
