using PeftSharp.Adapters;
using PeftSharp.Methods.MultitaskPromptTuning;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Methods.PTuning;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using PeftSharp.Text;
using PeftSharp.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.PromptLearning;

/// <summary>How virtual tokens start, how they are made in training, and what is saved of them.</summary>
[Collection(SeededTorch.Name)]
public sealed class PromptEncoderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("peftsharp-").FullName;

    public static TheoryData<string> EncoderCases => [.. GoldenCases.WithVirtualTokens];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(EncoderCases))]
    public void Save_OfPromptEncoder_WritesWhatPeftWrites(string name)
    {
        using var scope = NewDisposeScope();
        using GoldenCase golden = GoldenCase.OpenForTraining(name);
        golden.Model.SaveAdapter(_folder);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(golden.Folder, "adapter_model.safetensors"));
        using SafetensorsFile actual = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), actual.Names.Order(StringComparer.Ordinal));
        foreach (string key in expected.Names)
            Close.Relative(expected.Load(key), actual.Load(key), 1e-5, key);
        Close.Relative(golden.Expected("logits"), golden.Logits(), 1e-5, "logits of the encoder");
        Assert.Equal(new FileInfo(Path.Combine(_folder, "adapter_model.safetensors")).Length / 1024, (golden.Adapter!.SavedBytes + 512) / 1024, 1.0);
    }

    /// <summary>
    /// W_hh multiplies a state of zeros where there is one token: torch's gradient is 0 and not absent, so that AdamW decays it:
    /// (1 − rate · decay) a step.
    /// </summary>
    [Fact]
    public void Train_OfLstmWithOneToken_DecaysTheWeightsOfTheState()
    {
        const double Rate = 1e-2, Decay = 0.5;
        using TinyModel tiny = TinyModel.Open("llama", new PTuningOptions { NumVirtualTokens = 1, Reparameterization = PromptReparameterization.Lstm });
        TrainableTensor[] states = [.. tiny.Adapter.Trainable.Where(tensor => tensor.Key.Contains("weight_hh", StringComparison.Ordinal))];
        float[][] before = [.. states.Select(tensor => tensor.Value.data<float>().ToArray())];
        TrainingOptions options = Runs.Short(3, Rate);
        tiny.Train(tiny.Data(8), options with { Optimizer = options.Optimizer with { WeightDecay = Decay } });
        Assert.NotEmpty(states);
        for (int i = 0; i < states.Length; i++)
        {
            using Tensor expected = tensor([.. before[i].Select(value => value * (float)Math.Pow(1 - Rate * Decay, 3))]);
            using Tensor actual = states[i].Value.detach().reshape(-1);
            Close.Relative(expected, actual, 1e-6, states[i].Key);
        }
    }

    [Fact]
    public void AddAdapter_OfSharedKeyValueHeads_TakesTheirWidth()
    {
        using TinyModel tiny = TinyModel.Open("llama", new PrefixTuningOptions { NumVirtualTokens = 3 });
        PrefixTuningOptions options = (PrefixTuningOptions)tiny.Adapter.Options;
        AttentionShape shape = tiny.Base.Attention;
        Assert.True(shape.KeyValueHeads < shape.Heads);
        Assert.Equal(shape.KeyValueHeads * shape.HeadWidth, options.TokenDim);
        Assert.Equal(shape.KeyValueHeads, options.NumAttentionHeads);
        Assert.Equal([3, shape.Layers * 2 * options.TokenDim!.Value], tiny.Adapter.Trainable[0].Value.shape.Select(size => (int)size));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AddAdapter_PrefixFromZero_IsZero(bool projected)
    {
        using TinyModel tiny = TinyModel.Open("bert", new PrefixTuningOptions { NumVirtualTokens = 3, PrefixProjection = projected, StartsFromZero = true });
        tiny.Model.SaveAdapter(_folder);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        using Tensor saved = file.Load("prompt_embeddings");
        Assert.Equal(0, saved.abs().max().item<float>());
    }

    [Fact]
    public void AddAdapter_FromText_StartsAsItsEmbeddingsRepeated()
    {
        using var scope = NewDisposeScope();
        string tokenizer = Fixtures.Asset("models", "all-MiniLM-L6-v2");
        using BaseModel model = BaseModel.Create(ModelConfig.Load(tokenizer), new() { Task = TaskType.FeatureExtraction });
        using PeftModel peft = new(model);
        PromptTuningOptions options = new() { NumVirtualTokens = 9, Init = PromptTuningInit.Text, InitText = "good or bad", TokenizerNameOrPath = tokenizer };
        Tensor start = peft.AddAdapter(options).Trainable[0].Value;
        int[] ids = Tokenizer.Load(tokenizer).Encode("good or bad").ToIdArray();
        for (int i = 0; i < 9; i++)
            Assert.Equal(model.TokenEmbedding.Weight.Value[ids[i % ids.Length]].data<float>().ToArray(), start[i].data<float>().ToArray());
    }

    [Fact]
    public void AddAdapter_FromTextWithoutTextOrTokenizer_SaysWhatIsMissing()
    {
        using TinyModel tiny = TinyModel.Open("bert");
        string Error(PromptTuningOptions options) => Assert.Throws<PeftException>(() => tiny.Model.AddAdapter(options, "new")).Message;
        PromptTuningOptions text = new() { NumVirtualTokens = 2, Init = PromptTuningInit.Text };
        Assert.Contains("prompt_tuning_init_text", Error(text), StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", Error(text with { InitText = "a" }), StringComparison.Ordinal);
        Assert.Contains("nowhere", Error(text with { InitText = "a", TokenizerNameOrPath = "nowhere" }), StringComparison.Ordinal);
    }

    [Fact]
    public void AddAdapter_FromSampledVocabulary_StartsAsRowsOfTheTable()
    {
        using var scope = NewDisposeScope();
        using TinyModel tiny = TinyModel.Open("bert", new PromptTuningOptions { NumVirtualTokens = 20, Init = PromptTuningInit.SampleVocabulary });
        Tensor table = tiny.Base.TokenEmbedding.Weight.Value, start = tiny.Adapter.Trainable[0].Value.detach();
        Tensor distance = table.unsqueeze(0).sub(start.unsqueeze(1)).abs().amax([2]);
        Assert.Equal(0, distance.amin([1]).max().item<float>());
        Assert.True(distance.argmin(1).data<long>().ToArray().Distinct().Count() > 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Rows_OfLstm_AreTorchs(int layers)
    {
        using var scope = NewDisposeScope();
        using TinyModel tiny = TinyModel.Open("bert", new PTuningOptions
        {
            NumVirtualTokens = 6, Reparameterization = PromptReparameterization.Lstm, EncoderHiddenSize = 5, EncoderNumLayers = layers,
        });
        Dictionary<string, Tensor> own = tiny.Adapter.Trainable.Where(tensor => !tensor.IsSaved)
            .ToDictionary(tensor => tensor.Key["prompt_encoder.".Length..], tensor => tensor.Value.detach());
        long width = tiny.Base.HiddenSize;
        using var lstm = nn.LSTM(width, 5, layers, bidirectional: true, batchFirst: true);
        using (no_grad())
            foreach (var (name, parameter) in lstm.named_parameters())
                parameter.copy_(own[$"lstm_head.{name}"]);
        Tensor made = lstm.call(own["embedding.weight"].unsqueeze(0)).Item1[0];
        made = nn.functional.linear(made, own["mlp_head.0.weight"], own["mlp_head.0.bias"]).relu();
        made = nn.functional.linear(made, own["mlp_head.2.weight"], own["mlp_head.2.bias"]);
        tiny.Model.SaveAdapter(_folder);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        Close.Relative(made, file.Load("prompt_embeddings"), 1e-5, "prompt_embeddings");
    }

    [Fact]
    public void Forward_OfMultitaskPrompt_ScalesTheSharedOneByTask()
    {
        using var scope = NewDisposeScope();
        using TinyModel tiny = TinyModel.Open("bert", new MultitaskPromptTuningOptions { NumVirtualTokens = 4, NumTasks = 3, NumRanks = 2 });
        RandomTensors random = new(seed: 1);
        foreach (TrainableTensor tensor in tiny.Adapter.Trainable)
            random.FillNormal(tensor.Value);
        Tensor Of(string key) => tiny.Adapter.Trainable.Single(tensor => tensor.Key == key).Value.detach();
        long[] tasks = [2, 0, 2];
        ModelInput input = new() { InputIds = tensor(new long[] { 5, 6, 7, 8, 9, 10 }).view(3, 2), TaskIds = tensor(tasks) };
        Tensor together = tiny.Model.Forward(input);
        for (int row = 0; row < 3; row++)
        {
            // A plain prompt of the product gives the same.
            Tensor product = Of("prompt_embeddings").mul(Of("prefix_task_cols")[tasks[row]].matmul(Of("prefix_task_rows")[tasks[row]]));
            string name = $"plain{row}";
            Adapter plain = tiny.Model.AddAdapter(new PromptTuningOptions { NumVirtualTokens = 4 }, name);
            using (no_grad())
                foreach (TrainableTensor tensor in plain.Trainable)
                    tensor.Value.copy_(tensor.Key == "prompt_embeddings" ? product : tiny.Adapter.Trainable.Single(own => own.Key == tensor.Key).Value);
            Tensor alone = tiny.Model.Forward(new ModelInput { InputIds = input.InputIds.narrow(0, row, 1) }, Composition.Of(name));
            Close.Relative(alone[0], together[row], 1e-5, $"row {row}");
        }
        Assert.Contains("TaskIds", Assert.Throws<PeftException>(() => tiny.Model.Forward(input with { TaskIds = null })).Message, StringComparison.Ordinal);
        Assert.Contains("0 … 2", Assert.Throws<PeftException>(() => tiny.Model.Forward(input with { TaskIds = tensor(new long[] { 0, 3, 1 }) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddAdapter_FromSourceTasks_StartsFromWhatTheyLearned()
    {
        using var scope = NewDisposeScope();
        using TinyModel tiny = TinyModel.Open("bert", new MultitaskPromptTuningOptions { NumVirtualTokens = 4, NumTasks = 3, NumRanks = 2 });
        tiny.Model.SaveAdapter(_folder);
        Tensor Source(string key) => tiny.Adapter.Trainable.Single(tensor => tensor.Key == key).Value.detach();
        MultitaskPromptTuningOptions next = new() { NumVirtualTokens = 4, NumRanks = 2, SourcePath = _folder, SourceTask = 1 };
        foreach (MultitaskPromptInit init in (MultitaskPromptInit[])[MultitaskPromptInit.AverageSourceTasks, MultitaskPromptInit.ExactSourceTask, MultitaskPromptInit.OnlySourceShared])
        {
            Adapter adapter = tiny.Model.AddAdapter(next with { Init = init }, $"{init}");
            Tensor Own(string key) => adapter.Trainable.Single(tensor => tensor.Key == key).Value.detach();
            Assert.Equal(Source("prompt_embeddings").data<float>().ToArray(), Own("prompt_embeddings").data<float>().ToArray());
            foreach (string key in (string[])["prefix_task_cols", "prefix_task_rows"])
            {
                Tensor expected = init == MultitaskPromptInit.AverageSourceTasks ? Source(key).mean([0], keepdim: true) : Source(key).narrow(0, 1, 1);
                Assert.Equal(init != MultitaskPromptInit.OnlySourceShared, Own(key).allclose(expected));
            }
        }
        string Error(MultitaskPromptTuningOptions options) => Assert.Throws<PeftException>(() => tiny.Model.AddAdapter(options, "new")).Message;
        MultitaskPromptTuningOptions exact = next with { Init = MultitaskPromptInit.ExactSourceTask };
        Assert.Contains("prompt_tuning_init_task is 3", Error(exact with { SourceTask = 3 }), StringComparison.Ordinal);
        Assert.Contains("num_tasks is 2", Error(exact with { NumTasks = 2 }), StringComparison.Ordinal);
        Assert.Contains("num_virtual_tokens", Error(exact with { NumVirtualTokens = 5 }), StringComparison.Ordinal);
        Assert.Contains("prompt_tuning_init_state_dict_path", Error(exact with { SourcePath = null }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PREFIX_TUNING", "bert")]
    [InlineData("PREFIX_TUNING", "llama")]
    [InlineData("P_TUNING", "bert_qa")]
    [InlineData("P_TUNING", "bert_tokcls")]
    public void Train_EncoderStoppedAndResumed_EndsWithTheSameBits(string method, string family)
    {
        float[] Finish(string folder, int? stopAt, string? resume = null)
        {
            PeftOptions options = method == "P_TUNING"
                ? new PTuningOptions { NumVirtualTokens = 3, Reparameterization = PromptReparameterization.Lstm, EncoderDropout = 0.2 }
                : new PrefixTuningOptions { NumVirtualTokens = 3, PrefixProjection = true };
            using TinyModel tiny = TinyModel.Open(family, options);
            using CancellationTokenSource source = new();
            RecordingObserver observer = new() { OnStep = report => { if (report.Step == stopAt) source.Cancel(); } };
            tiny.Train(tiny.Data(), Runs.Saving(folder, 6, 3, resume: resume), observer, source);
            Assert.Empty(observer.Warnings);
            return tiny.Weights();
        }
        float[] whole = Finish(Path.Combine(_folder, "a"), null);
        Finish(Path.Combine(_folder, "b"), 2);
        Assert.Equal(whole, Finish(Path.Combine(_folder, "b"), null, CheckpointOptions.Latest));
        // The encoder lies beside the adapter, which is an ordinary one.
        string checkpoint = Path.Combine(_folder, "b", "checkpoint-6");
        Assert.True(File.Exists(Path.Combine(checkpoint, "prompt_encoder.safetensors")));
        using TinyModel loaded = TinyModel.Open(family);
        Assert.Contains(loaded.Model.LoadAdapter(checkpoint, "loaded").Trainable, tensor => tensor.Key == "prompt_embeddings");
        File.Delete(Path.Combine(checkpoint, "prompt_encoder.safetensors"));
        Assert.Contains("prompt_encoder.safetensors", Assert.Throws<PeftException>(() => Finish(Path.Combine(_folder, "b"), null, checkpoint)).Message, StringComparison.Ordinal);
    }
}
