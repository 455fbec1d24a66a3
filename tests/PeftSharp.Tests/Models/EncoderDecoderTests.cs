using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Kernels.Graph;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.PrefixTuning;
using PeftSharp.Methods.PromptTuning;
using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

/// <summary>What holds of encoder-decoders whatever the family: rows do not know of each other, and a cache changes nothing.</summary>
public sealed class EncoderDecoderTests
{
    private static readonly int[][] _sources = [[5, 9, 3, 7], [4, 1], [8, 2, 6, 6, 11, 3, 1]];

    private static readonly int[][] _targets = [[7, 3], [4, 4, 9, 5, 1], [10]];

    public static TheoryData<string, string> Variants
    {
        get
        {
            TheoryData<string, string> variants = [];
            foreach (string family in (string[])["t5", "bart", "mbart"])
                foreach (string method in (string[])["none", "lora", "prefix", "prompt"])
                    variants.Add(family, method);
            return variants;
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void Loss_OfABatch_IsTheSumOfItsRows(string family, string method)
    {
        using BaseModel model = Create(family);
        using PeftModel peft = WithAdapter(model, method);
        using var scope = NewDisposeScope();
        LossSum together = Loss(_sources, _targets);
        double sum = 0;
        long count = 0;
        for (int i = 0; i < _sources.Length; i++)
        {
            LossSum alone = Loss([_sources[i]], [_targets[i]]);
            sum += alone.Sum.item<float>();
            count += alone.Count;
        }
        Assert.Equal(count, together.Count);
        Assert.Equal(sum, together.Sum.item<float>(), 1e-5 * sum);

        LossSum Loss(int[][] sources, int[][] targets) =>
            model.Loss(Input(sources), new Targets { Labels = Rectangle(targets, -100) }, peft.Pass());
    }

    [Theory, MemberData(nameof(Variants))]
    public void Generate_WithCache_GivesWhatTheWholeSequencesGive(string family, string method)
    {
        using BaseModel model = Create(family);
        using PeftModel peft = WithAdapter(model, method);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 12, EosTokenIds = [] };
        IReadOnlyList<GeneratedTokens> together = generator.Generate(_sources, options);
        using var noGrad = no_grad();
        for (int row = 0; row < _sources.Length; row++)
        {
            using var scope = NewDisposeScope();
            List<long> written = [(long)model.Config.Number("decoder_start_token_id")];
            for (int i = 0; i < 12; i++)
            {
                ModelInput input = Input([_sources[row]]) with { DecoderInputIds = tensor(written.ToArray()).unsqueeze(0) };
                written.Add(model.Forward(input, peft.Pass())[0, -1].argmax().item<long>());
            }
            Assert.Equal(written.Skip(1).Select(id => (int)id), together[row].Ids);
            Assert.Equal(_sources[row].Length, together[row].PromptTokens);
        }
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    public void Generate_BeamsAndAdaptersByRow_GiveWhatEachGivesAlone(string family)
    {
        using BaseModel model = Create(family);
        using PeftModel peft = new(model);
        Add(peft, "lora", "a");
        Add(peft, "prompt", "b");
        Add(peft, "prefix", "c");
        using TokenGenerator generator = new(peft);
        foreach (int beams in (int[])[1, 3])
        {
            GenerationOptions options = new() { MaxNewTokens = 8, NumBeams = beams };
            string[] names = ["a", "b", "c"];
            IReadOnlyList<GeneratedTokens> mixed = generator.Generate(_sources, options, Composition.ByRow(names));
            for (int row = 0; row < names.Length; row++)
                Assert.Equal(generator.Generate(_sources[row], options, Composition.Of(names[row])).Ids, mixed[row].Ids);
        }
    }

    [Fact]
    public void Forward_ManyTimes_LeavesNoTensors()
    {
        using BaseModel model = Create("t5");
        using PeftModel peft = WithAdapter(model, "prefix");
        using TokenGenerator generator = new(peft);
        Step();
        long before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step();
        Step();
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Step()
        {
            generator.Generate(_sources, new() { MaxNewTokens = 4, NumBeams = 2 });
            using Tensor source = Rectangle(_sources, 0), labels = Rectangle(_targets, -100);
            using LossSum loss = model.Loss(new() { InputIds = source }, new Targets { Labels = labels }, peft.Pass(training: true));
            loss.Sum.backward();
            GraphNode.EndBackward();
        }
    }

    [Fact]
    public void Forward_WithoutAnythingToWrite_SaysWhatIsMissing()
    {
        using BaseModel model = Create("t5");
        PeftException error = Assert.Throws<PeftException>(() => model.Forward(Input(_sources), Pass.Bare));
        Assert.Contains("decoder_input_ids", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"relative_attention_num_buckets\": 6", "relative_attention_num_buckets 6")]
    [InlineData("\"feed_forward_proj\": \"half-gelu\"", "half-gelu")]
    [InlineData("\"decoder_start_token_id\": 999", "999")]
    [InlineData("\"decoder_start_token_id\": null", "decoder_start_token_id")]
    public void Create_OfAnUnsoundT5_NamesTheSetting(string setting, string named)
    {
        string key = setting.Split(':')[0];
        string json = string.Join(", ", TinyConfigs.Config("t5").Json.Trim('{', '}', ' ').Split(", ").Where(part => !part.TrimStart().StartsWith(key, StringComparison.Ordinal)));
        PeftException error = Assert.Throws<PeftException>(() => BaseModel.Create(ModelConfig.Parse($"{{ {json}, {setting} }}", "config.json")));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static BaseModel Create(string family) => family == "mbart"
        ? BaseModel.Create(ModelConfig.Parse(TinyConfigs.Config("bart", ", \"scale_embedding\": true").Json.Replace("\"bart\"", "\"mbart\"", StringComparison.Ordinal), "config.json"), new() { Task = TaskType.SequenceToSequence }, seed: 5)
        : TinyConfigs.Create(family, TaskType.SequenceToSequence);

    private static PeftModel WithAdapter(BaseModel model, string method)
    {
        PeftModel peft = new(model);
        if (method != "none")
            Add(peft, method, "default");
        return peft;
    }

    private static void Add(PeftModel peft, string method, string name)
    {
        PeftOptions options = method switch
        {
            "lora" => new LoraOptions { R = 4, LoraAlpha = 16 },
            "prefix" => new PrefixTuningOptions { NumVirtualTokens = 3 },
            _ => new PromptTuningOptions { NumVirtualTokens = 3 },
        };
        RandomTensors random = new(seed: 3);
        using var noGrad = no_grad();
        foreach (TrainableTensor tensor in peft.AddAdapter(options, name).Trainable)
            random.FillNormal(tensor.Value);
    }

    private static ModelInput Input(int[][] sources) => new()
    {
        InputIds = Rectangle(sources, 0),
        AttentionMask = Rectangle([.. sources.Select(source => source.Select(_ => 1).ToArray())], 0),
    };

    private static Tensor Rectangle(int[][] rows, long padding)
    {
        int width = rows.Max(row => row.Length);
        return tensor(rows.SelectMany(row => row.Select(id => (long)id).Concat(Enumerable.Repeat(padding, width - row.Length))).ToArray(), [rows.Length, width]);
    }
}
