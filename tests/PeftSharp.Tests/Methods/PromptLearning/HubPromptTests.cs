using PeftSharp.Adapters;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Methods.HubPrefix;
using PeftSharp.Methods.HubPrompt;
using PeftSharp.Methods.Union;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Text;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>AdapterHub's prompts and prefixes: settings, start values, and folders in our own form.</summary>
public sealed class HubPromptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public static TheoryData<string> Settings =>
    [
        """{"peft_type": "HUB_PROMPT", "prompt_length": 3}""",
        """{"peft_type": "HUB_PROMPT", "combine": "prefix_after_bos"}""",
        """{"peft_type": "HUB_PREFIX", "bottleneck_size": 5, "leave_out": [1]}""",
        """{"peft_type": "HUB_PREFIX", "flat": true, "leave_out": [0], "use_gating": true}""",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Settings))]
    public void Load_OfSaved_ComputesTheSameAndSavesTheSameBytes(string settings)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load("bert");
        using PeftModel peft = new(model);
        peft.AddAdapter(MethodVariants.Read(settings));
        peft.SaveAdapter(_folder);
        peft.LoadAdapter(_folder, "again");
        ModelInput input = MethodVariants.Input(model);
        float[] logits = peft.Forward(input).data<float>().ToArray();
        Assert.NotEqual(model.Forward(input, Pass.Bare).data<float>().ToArray(), logits);
        Assert.Equal(logits, peft.Forward(input, Composition.Of("again")).data<float>().ToArray());
        peft.SaveAdapter(_folder, "again");
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, file)), File.ReadAllBytes(Path.Combine(_folder, "again", file)));
    }

    [Theory]
    [InlineData("bert", """{"peft_type": "HUB_PREFIX", "leave_out": [2]}""", "leave_out names layer 2", "layers 0 to 1")]
    [InlineData("llama", """{"peft_type": "HUB_PREFIX", "leave_out": [-1]}""", "leave_out names layer -1")]
    [InlineData("llama", """{"peft_type": "HUB_PREFIX", "leave_out": [1, 0]}""", "leaves out every layer")]
    [InlineData("bert", """{"peft_type": "HUB_PREFIX", "leave_out": "0"}""", "leave_out", "whole numbers")]
    [InlineData("llama", """{"peft_type": "HUB_PROMPT"}""", "HUB_PROMPT is for encoders", "use PROMPT_TUNING")]
    [InlineData("bert", """{"peft_type": "HUB_PROMPT", "prompt_length": 0}""", "prompt_length", "above 0")]
    [InlineData("bert", """{"peft_type": "HUB_PROMPT", "combine": "suffix"}""", "combine", "prefix_after_bos")]
    [InlineData("bert", """{"peft_type": "HUB_PROMPT", "prompt_init": "normal"}""", "prompt_init", "from_string")]
    [InlineData("bert", """{"peft_type": "HUB_PROMPT", "prompt_init": "from_string"}""", "prompt_init is from_string", "prompt_init_text")]
    [InlineData("bert", """{"peft_type": "HUB_PROMPT", "prompt_init": "from_string", "prompt_init_text": "a"}""", "needs a tokenizer", "load the model from one")]
    public void Add_OfWrongSettings_SaysWhatToChange(string family, string settings, params string[] words)
    {
        using BaseModel model = MethodVariants.Load(family);
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(() => peft.AddAdapter(MethodVariants.Read(settings)));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.Empty(peft.Adapters);
    }

    [Fact]
    public void Add_OfNoRows_SaysSo()
    {
        using BaseModel model = MethodVariants.Load("bert");
        using PeftModel peft = new(model);
        PeftException error = Assert.Throws<PeftException>(() => peft.AddAdapter(new HubPromptOptions { PromptLength = 0 }));
        Assert.Contains("prompt_length is 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_WithDefaults_StartsUniformBelowOneHalf()
    {
        using BaseModel model = MethodVariants.Load("bert");
        using PeftModel peft = new(model);
        float[] start = peft.AddAdapter(new HubPromptOptions()).Trainable[0].Value.data<float>().ToArray();
        Assert.Equal(10 * model.HiddenSize, start.Length);
        Assert.InRange(start.Min(), -0.5, -0.45);
        Assert.InRange(start.Max(), 0.45, 0.5);
    }

    [Fact]
    public void Add_FromString_StartsAsItsEmbeddingsRepeated()
    {
        using var scope = NewDisposeScope();
        string folder = Fixtures.Asset("models", "all-MiniLM-L6-v2");
        using BaseModel model = BaseModel.Load(folder, new() { Task = TaskType.FeatureExtraction });
        using PeftModel peft = new(model);
        Tensor start = peft.AddAdapter(new HubPromptOptions { PromptLength = 7, Init = HubPromptInit.FromString, InitText = "good or bad" }).Trainable[0].Value;
        int[] ids = Tokenizer.Load(folder).Encode("good or bad").ToIdArray();
        for (int i = 0; i < 7; i++)
            Assert.Equal(model.TokenEmbedding.Weight.Value[ids[i % ids.Length]].data<float>().ToArray(), start[i].data<float>().ToArray());
    }

    [Fact]
    public void Add_OfGatedPrefix_HasGatesWhereThePrefixIs()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load("bert");
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new UnionOptions { Parts = [new HubPrefixOptions { UseGating = true, LeaveOut = [0] }, BottleneckOptions.Pfeiffer] });
        string gate = Assert.Single(adapter.Trainable, tensor => tensor.Key.EndsWith("prefix_gates.weight", StringComparison.Ordinal)).Key;
        Assert.Contains("encoder.layer.1.", gate, StringComparison.Ordinal);
        peft.Forward(MethodVariants.Input(model)).sum().backward();
        Assert.All(adapter.Trainable.Where(tensor => tensor.Key.Contains("prefix", StringComparison.Ordinal)), tensor => Assert.NotNull(tensor.Value.grad));
    }
}
