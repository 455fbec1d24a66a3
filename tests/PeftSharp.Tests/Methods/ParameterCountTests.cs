using PeftSharp.Models;
using Xunit;

namespace PeftSharp.Tests.Methods;

/// <summary>The parameter counts that docs/methods states for BERT-base, on one layer of its shape.</summary>
public sealed class ParameterCountTests : IDisposable
{
    private const int Layers = 12;

    private readonly BaseModel _model = BaseModel.Create(
        ModelConfig.Parse(
            """
            {
              "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 1,
              "num_attention_heads": 12, "max_position_embeddings": 8, "vocab_size": 16, "pad_token_id": 0
            }
            """,
            "test"),
        new() { Task = TaskType.FeatureExtraction });

    [Theory]
    [InlineData("""{"peft_type": "LORA"}""", 294_912)]
    [InlineData("""{"peft_type": "LORA", "use_dora": true}""", 313_344)]
    [InlineData("""{"peft_type": "IA3"}""", 64_512)]
    [InlineData("""{"peft_type": "VERA"}""", 24_576)]
    [InlineData("""{"peft_type": "LOHA"}""", 589_824)]
    [InlineData("""{"peft_type": "LOKR"}""", 26_112)]
    [InlineData("""{"peft_type": "OFT"}""", 285_696)]
    [InlineData("""{"peft_type": "BOFT"}""", 92_160)]
    [InlineData("""{"peft_type": "ADALORA"}""", 442_656)]
    [InlineData("""{"peft_type": "MISS"}""", 1_179_648)]
    public void AddAdapter_WithDefaults_HasTheDocumentedCount(string settings, long documented)
    {
        using PeftModel peft = new(_model);
        Assert.Equal(documented, Layers * peft.AddAdapter(MethodVariants.Read(settings)).TrainableCount);
    }

    [Fact]
    public void AddAdapter_OfNormsAndBiases_HasTheDocumentedCount()
    {
        using PeftModel peft = new(_model);
        long norms = peft.AddAdapter(MethodVariants.Read("""{"peft_type": "LN_TUNING"}""")).TrainableCount;
        Assert.Equal(38_400, (2 * 768) + Layers * (norms - 2 * 768));
        // The norm of the embeddings and the pooler have one bias each.
        long biases = peft.AddAdapter(MethodVariants.Read("""{"peft_type": "BITFIT"}"""), "bitfit").TrainableCount;
        Assert.Equal(102_912, (2 * 768) + Layers * (biases - 2 * 768));
    }

    public void Dispose() => _model.Dispose();
}
