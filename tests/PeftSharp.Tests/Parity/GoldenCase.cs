using PeftSharp.AdapterFolders;
using PeftSharp.Kernels;
using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.AdapterFolders.Hub;
using PeftSharp.Methods.BitFit;
using PeftSharp.Methods.FullFineTuning;
using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>One case of <c>hf_peft/</c> or <c>adapters/</c>: a base, an adapter as peft saved it, and what the real libraries computed.</summary>
internal sealed class GoldenCase : IDisposable
{
    private readonly JsonElement _case;
    private readonly SafetensorsFile _expected;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    private GoldenCase(string folder)
    {
        Folder = folder;
        _case = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "case.json"))).RootElement;
        _expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        BaseFolder = Path.Combine(Path.GetDirectoryName(folder)!, "base");
        Task = TaskTypes.Parse(_case.GetProperty("task").GetString()!);
        Base = BaseModel.Load(BaseFolder, new BaseModelOptions { Task = Task });
        Model = new PeftModel(Base);
    }

    public string Folder { get; }

    public string BaseFolder { get; }

    public TaskType Task { get; }

    public BaseModel Base { get; }

    public PeftModel Model { get; }

    public Adapter? Adapter { get; private set; }

    public JsonElement Optimizer => _case.GetProperty("optimizer");

    public IEnumerable<string> ExpectedNames => _expected.Names;

    /// <summary>Opens a case and attaches its adapter as the folder has it.</summary>
    public static GoldenCase OpenAsSaved(string name)
    {
        GoldenCase golden = new(GoldenCases.PathOf(name));
        golden.Adapter = HubCases.IsFusion(golden.Folder) ? HubCases.LoadFusion(golden.Model, golden.Folder) : golden.Model.LoadAdapter(golden.Folder);
        return golden;
    }

    /// <summary>Opens a case and attaches its adapter: loaded, or built with the start values of the fixture.</summary>
    public static GoldenCase Open(string name)
    {
        GoldenCase golden = new(GoldenCases.PathOf(name));
        PeftModel model = golden.Model;
        if (HubCases.IsFusion(golden.Folder))
        {
            golden.Adapter = HubCases.LoadFusion(model, golden.Folder);
        }
        else if (File.Exists(Path.Combine(golden.Folder, "adapter_config.json")))
        {
            golden.Adapter = HubCases.Load(model, golden.Folder);
        }
        else if (Path.GetFileName(golden.Folder) == "bitfit")
        {
            golden.Adapter = model.AddAdapter(new BitFitOptions { TrainsHead = false });
            golden.FillFromInit();
        }
        else if (Path.GetFileName(golden.Folder) == "full")
        {
            golden.Adapter = model.AddAdapter(new FullFineTuningOptions());
        }
        return golden;
    }

    /// <summary>
    /// Opens a case as its training began: as <see cref="Open"/>, but for prompt encoders, which are not part of the saved
    /// folder: a fresh one gets the start values of the fixture.
    /// </summary>
    public static GoldenCase OpenForTraining(string name)
    {
        GoldenCase golden = new(GoldenCases.PathOf(name));
        bool hasEncoder = golden.ExpectedNames.Any(expected => expected.StartsWith("init.prompt_encoder.", StringComparison.Ordinal));
        golden.Dispose();
        golden = hasEncoder ? new(GoldenCases.PathOf(name)) : Open(name);
        if (hasEncoder)
        {
            golden.Adapter = golden.Model.AddAdapter(AdapterFolder.LoadOptions(golden.Folder));
            golden.FillFromInit();
        }
        return golden;
    }

    /// <summary>An expected tensor; the case owns it.</summary>
    public Tensor Expected(string name)
    {
        if (!_tensors.TryGetValue(name, out Tensor? value))
            _tensors[name] = value = _expected.Load(name).DetachFromDisposeScope();
        return value;
    }

    public bool Has(string name) => _expected.Names.Contains(name);

    /// <summary>What the reference's model with its adapter got: peft takes token types for question answering and drops them on the way.</summary>
    public ModelInput Input => Task == TaskType.QuestionAnswering && GoldenCases.IsOfPeft(Folder) ? BareInput with { TokenTypeIds = null } : BareInput;

    /// <summary>What its merged model got.</summary>
    public ModelInput BareInput => new()
    {
        InputIds = Expected("input_ids"),
        AttentionMask = Expected("attention_mask"),
        TokenTypeIds = Has("token_type_ids") ? Expected("token_type_ids") : null,
        DecoderInputIds = Task == TaskType.SequenceToSequence ? DecoderInputIds : null,
        PositionIds = CountsThroughPadding ? Positions : null,
    };

    private Tensor DecoderInputIds
    {
        get
        {
            const string Name = "decoder_input_ids";
            if (!_tensors.TryGetValue(Name, out Tensor? value))
                _tensors[Name] = value = Base.DecoderInputIds(Expected("labels")).DetachFromDisposeScope();
            return value;
        }
    }

    /// <summary>
    /// Logits or hidden states without what means nothing: a query of padding that sees no key of its window gets in GPT-Neo
    /// what follows from how its two masks add up. Nothing else reads it.
    /// </summary>
    public Tensor Meaningful(Tensor values)
    {
        if (Base.Config.ModelType != "gpt_neo" || !HasPadding || values.dim() != 3)
            return values.alias();
        using var scope = NewDisposeScope();
        Tensor real = Expected("attention_mask").to(values.dtype);
        // Virtual tokens stand in front.
        Tensor all = cat([ones([real.shape[0], values.shape[1] - real.shape[1]], dtype: values.dtype), real], 1);
        return values.mul(all.unsqueeze(-1)).MoveToOuterDisposeScope();
    }

    /// <summary>True where the reference's forward call counted positions from the padding in front on; its generation does not.</summary>
    private bool CountsThroughPadding => Base.Config.ModelType is "gpt2" or "gpt_neo" && Expected("attention_mask").select(1, 0).EqualTo(0).any().item<bool>();

    private Tensor Positions
    {
        get
        {
            const string Name = "position_ids";
            if (!_tensors.TryGetValue(Name, out Tensor? value))
            {
                long[] shape = Expected("input_ids").shape;
                _tensors[Name] = value = ScalarMath.Range(0, shape[1], CPU).unsqueeze(0).expand(shape).contiguous().DetachFromDisposeScope();
            }
            return value;
        }
    }

    public Targets Targets => new()
    {
        Labels = Has("labels") ? Expected("labels") : null,
        StartPositions = Has("start_positions") ? Expected("start_positions") : null,
        EndPositions = Has("end_positions") ? Expected("end_positions") : null,
    };

    /// <summary>
    /// The task's output as the reference gives it: in peft, where virtual tokens stand before the text, with theirs in front of the text's,
    /// and a decoder's classifier reads the last position even if that is padding. Ours gives the text's alone, and reads
    /// the last real token.
    /// </summary>
    public Tensor Logits(Composition? composition = null)
    {
        Pass pass = Model.Pass(composition);
        if (pass.Virtual.Embedded == 0 || Base.IsEncoderDecoder || HubCases.IsHub(Folder))
            return Base.Forward(Input, pass);
        using var scope = NewDisposeScope();
        // The states that are handed out have those of the rows in front too.
        List<Tensor> states = [];
        Base.Hidden(Input, pass, states.Add);
        Tensor hidden = states[^1];
        using Tensor allReal = ones_like(Input.AttentionMask!);
        Tensor logits = Base.Logits(hidden, Input with { AttentionMask = allReal }, pass).MoveToOuterDisposeScope();
        foreach (Tensor state in states)
            state.Dispose();
        return logits;
    }

    /// <summary>The mean loss, as the fixture defines it for the task, with what the method adds.</summary>
    public Tensor Loss()
    {
        // The reference's losses of fusions are without it; FusionTests has it.
        using Tensor? penalty = HubCases.IsFusion(Folder) ? null : Adapter?.Hook?.Penalty();
        Tensor loss = TaskLoss();
        return penalty is null ? loss : loss.Plus(penalty);
    }

    private Tensor TaskLoss()
    {
        // A fusion's temperature falls in training only, and dropout is 0 everywhere.
        Pass pass = Model.Pass(training: HubCases.IsFusion(Folder));
        using var scope = NewDisposeScope();
        if (Task == TaskType.FeatureExtraction)
            return Logits().Squared().mean().MoveToOuterDisposeScope();
        bool peftsVirtual = pass.Virtual.Embedded > 0 && !HubCases.IsHub(Folder);
        if ((peftsVirtual && Task is TaskType.QuestionAnswering or TaskType.SequenceClassification) || (Task == TaskType.QuestionAnswering && HasPadding))
            return LossOfPeft(Logits()).MoveToOuterDisposeScope();
        using LossSum loss = Base.Loss(Input, Targets, pass);
        return loss.Mean().MoveToOuterDisposeScope();
    }

    /// <summary>True where a row of the batch is shorter than another.</summary>
    public bool HasPadding => Expected("attention_mask").EqualTo(0).any().item<bool>();

    /// <summary>
    /// The loss of the reference's logits, which looks for answers among virtual tokens and padding too, and does not move
    /// positions.
    /// </summary>
    private Tensor LossOfPeft(Tensor logits)
    {
        if (Task == TaskType.SequenceClassification && Base.ProblemType == ProblemType.Regression)
            return nn.functional.mse_loss(logits.squeeze(-1), Targets.Labels!.to(ScalarType.Float32));
        if (Task == TaskType.SequenceClassification)
            return Targets.Labels!.is_floating_point()
                ? nn.functional.binary_cross_entropy_with_logits(logits, Targets.Labels!)
                : nn.functional.cross_entropy(logits, Targets.Labels!);
        Tensor start = nn.functional.cross_entropy(logits.select(-1, 0), Targets.StartPositions!);
        return start.Plus(nn.functional.cross_entropy(logits.select(-1, 1), Targets.EndPositions!)).DividedBy(2);
    }

    /// <summary>Saves the adapter as AdapterHub does, under its name there.</summary>
    public void SaveHubAdapter(string folder, bool withHead) => HubFolder.Save(Adapter!, folder, HubCases.NameIn(Folder), withHead);

    /// <summary>The logits of the folder as it was saved.</summary>
    public Tensor LogitsOnceSaved => Expected(Has("logits_reloaded") ? "logits_reloaded" : "logits");

    /// <summary>The name the real library gives a trainable tensor.</summary>
    public string ParameterName(TrainableTensor tensor)
    {
        string key = HubCases.IsHub(Folder) ? HubKeys.ToHub(tensor.Key, HubCases.NameIn(Folder)) ?? HubKeys.HeadName(tensor.Key) : tensor.Key;
        if (_case.TryGetProperty("key_map", out JsonElement map))
        {
            // Of two names for the same numbers the map has only one key.
            foreach (JsonProperty pair in map.EnumerateObject())
                if (pair.Name.Replace(".modules_to_save.default.", ".", StringComparison.Ordinal).Replace(".default", "", StringComparison.Ordinal) == key)
                    return pair.Name;
            foreach (JsonProperty pair in map.EnumerateObject())
                if (pair.Value.ValueKind == JsonValueKind.String && pair.Value.GetString() == key)
                    return pair.Name;
        }
        if (key != tensor.Key)
            return key;
        const string Encoder = "prompt_encoder.";
        if (tensor.Key == "prompt_embeddings")
            return $"{Encoder}default.embedding.weight";
        if (tensor.Key.StartsWith(Encoder, StringComparison.Ordinal))
            return $"{Encoder}default.{tensor.Key[Encoder.Length..]}";
        return tensor.Key["base_model.model.".Length..];
    }

    /// <summary>What rounding leaves of a gradient that is zero by mathematics: a millionth of the case's largest.</summary>
    public double NoiseLevel => field != 0 ? field : field = 1e-6 * ExpectedNames
        .Where(name => name.StartsWith("grad.", StringComparison.Ordinal))
        .Max(name => Expected(name).abs().max().item<float>());

    /// <summary>The step between two fp32 values at the size of the case's largest gradient: what sums of such values differ by.</summary>
    public double Rounding => NoiseLevel * 1e6 * Math.Pow(2, -23);

    /// <summary>
    /// True for a gradient that is zero by mathematics (a key's bias, the bias of start and end logits): its digits, and
    /// the steps that AdamW makes of them, are rounding.
    /// </summary>
    public bool IsNoise(string parameter) =>
        Has($"grad.{parameter}") && Expected($"grad.{parameter}").abs().max().item<float>() < NoiseLevel;

    /// <summary>The values of a bias whose gradient is zero by mathematics: the keys' share where one product makes queries, keys and values.</summary>
    public IReadOnlySet<int> NoiseIn(string parameter)
    {
        if (!parameter.EndsWith(".bias", StringComparison.Ordinal) || !Has($"grad.{parameter}"))
            return new HashSet<int>();
        float[] gradient = Expected($"grad.{parameter}").data<float>().ToArray();
        return Enumerable.Range(0, gradient.Length).Where(i => Math.Abs(gradient[i]) < NoiseLevel).ToHashSet();
    }

    /// <summary>The trainable names that the case lists, if it does.</summary>
    public IReadOnlyList<string>? TrainableNames =>
        _case.TryGetProperty("trainable", out JsonElement list) ? [.. list.EnumerateArray().Select(name => name.GetString()!)] : null;

    public IReadOnlyList<string> NamesWithoutGradient =>
        _case.TryGetProperty("no_gradient", out JsonElement list) ? [.. list.EnumerateArray().Select(name => name.GetString()!)] : [];

    /// <summary>The weights that merging changes. T5's stacks have the shared embedding under names of their own there, which no checkpoint has.</summary>
    public IReadOnlyList<string> MergedKeys => _case.TryGetProperty("merged_keys", out JsonElement list)
        ? [.. list.EnumerateArray().Select(name => name.GetString()!).Where(name => !Base.IsEncoderDecoder || !name.EndsWith("coder.embed_tokens.weight", StringComparison.Ordinal))]
        : [];

    /// <summary>
    /// The tied pair, where peft adapts one side of it and merging changes both: its merged model is another one than the
    /// adapter's. Ours has the adapter's logits, and two weights.
    /// </summary>
    public IReadOnlyList<string> TiedByMerging
    {
        get
        {
            if (Base.TiedParameters.Count == 0 || Expected("merged_logits").sub(Expected("logits")).abs().max().item<float>() < 1e-3)
                return [];
            return [.. Base.TiedParameters.SelectMany(tied => new[] { tied.Name, tied.TiedTo!.Name })];
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
            tensor.Dispose();
        _expected.Dispose();
        Model.Dispose();
        Base.Dispose();
    }

    private void FillFromInit()
    {
        using var noGrad = no_grad();
        foreach (TrainableTensor tensor in Adapter!.Trainable)
            if (Has($"init.{ParameterName(tensor)}"))
                tensor.Value.copy_(Expected($"init.{ParameterName(tensor)}"));
    }
}
