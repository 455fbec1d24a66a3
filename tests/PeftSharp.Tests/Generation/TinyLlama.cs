using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Text;

namespace PeftSharp.Tests.Generation;

/// <summary>Small LLaMA models with random weights, large enough ones that tokens differ.</summary>
internal static class TinyLlama
{
    public static BaseModel Create(int vocabulary = 64, int positions = 96, int? eos = null, long seed = 1) => BaseModel.Create(
        ModelConfig.Parse(
            $$"""
            {
              "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "intermediate_size": 48,
              "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": {{vocabulary}},
              "max_position_embeddings": {{positions}}, "initializer_range": 0.4, "tie_word_embeddings": false{{(eos is null ? "" : $", \"eos_token_id\": {eos}")}}
            }
            """, "test"),
        seed: seed);

    /// <summary>A model with the adapters a, b, c, …, each of which changes its text.</summary>
    public static PeftModel WithAdapters(BaseModel model, int count)
    {
        PeftModel peft = new(model);
        for (int i = 0; i < count; i++)
        {
            Adapter adapter = peft.AddAdapter(new LoraOptions { R = 4, LoraAlpha = 16 }, ((char)('a' + i)).ToString(), seed: i);
            RandomTensors random = new(seed: i + 1);
            foreach (TrainableTensor tensor in adapter.Trainable)
                random.FillNormal(tensor.Value);
        }
        return peft;
    }

    public static Tokenizer SmolTokenizer() => Tokenizer.Load(Fixtures.PathOf("tokenizers", "smollm2"));
}
