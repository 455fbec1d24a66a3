using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

/// <summary>What holds for every decoder, whatever its parts. Counts live tensors, so nothing else may run.</summary>
[Collection(nameof(Alone))]
public sealed class DecoderFamilyTests
{
    private static readonly int[][] _prompts = [[5, 9, 3], [7], [1, 2, 3, 4, 5, 6, 7, 8, 9], [50, 51]];

    public static TheoryData<string> Families => [.. TinyDecoders.Names];

    [Theory, MemberData(nameof(Families))]
    public void Generate_WithCache_GivesWhatTheWholeSequenceGives(string family)
    {
        using BaseModel model = TinyConfigs.Create(family, TaskType.CausalLanguageModel);
        using PeftModel peft = WithLora(model);
        using TokenGenerator generator = new(peft);
        List<long> sequence = [5, 9, 3];
        using var noGrad = no_grad();
        for (int i = 0; i < 16; i++)
        {
            using var scope = NewDisposeScope();
            ModelInput input = new() { InputIds = tensor(sequence.ToArray()).unsqueeze(0) };
            sequence.Add(model.ForwardLast(input, peft.Pass(), cache: null).argmax(-1).item<long>());
        }
        Assert.Equal(sequence.Skip(3).Select(id => (int)id), generator.Generate([5, 9, 3], new() { MaxNewTokens = 16, EosTokenIds = [] }).Ids);
    }

    [Theory, MemberData(nameof(Families))]
    public void Generate_PromptsOfUnlikeLength_GivesWhatEachGivesAlone(string family)
    {
        using BaseModel model = TinyConfigs.Create(family, TaskType.CausalLanguageModel);
        using PeftModel peft = WithLora(model);
        using TokenGenerator generator = new(peft);
        GenerationOptions options = new() { MaxNewTokens = 12, EosTokenIds = [], NumBeams = 2 };
        IReadOnlyList<GeneratedTokens> together = generator.Generate(_prompts, options);
        for (int row = 0; row < _prompts.Length; row++)
            Assert.Equal(generator.Generate(_prompts[row], options).Ids, together[row].Ids);
    }

    [Theory, MemberData(nameof(Families))]
    public void Forward_InBFloat16_IsNearFloat32(string family)
    {
        using var scope = NewDisposeScope();
        ModelConfig config = TinyConfigs.Config(family);
        using BaseModel fine = BaseModel.Create(config, new() { Task = TaskType.CausalLanguageModel }, seed: 5);
        using BaseModel coarse = BaseModel.Create(config, new() { Task = TaskType.CausalLanguageModel, Dtype = ScalarType.BFloat16 }, seed: 5);
        ModelInput input = new() { InputIds = tensor(_prompts[2].Select(id => (long)id).ToArray()).unsqueeze(0) };
        Tensor rough = coarse.Forward(input, Pass.Bare);
        Assert.Equal(ScalarType.BFloat16, rough.dtype);
        Close.Relative(fine.Forward(input, Pass.Bare), rough, 0.1, "logits");
    }

    [Theory, MemberData(nameof(Families))]
    public void Loss_StepAfterStep_LeavesNoTensors(string family)
    {
        using BaseModel model = TinyConfigs.Create(family, TaskType.CausalLanguageModel);
        using PeftModel peft = WithLora(model);
        Step(peft);
        long before = LiveTensors.Settled();
        for (int i = 0; i < 3; i++)
            Step(peft);
        Assert.Equal(before, LiveTensors.Settled());
    }

    [Theory, MemberData(nameof(Families))]
    public void Gradient_OfTheLoss_IsThatOfTheLogits(string family)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create(family, TaskType.CausalLanguageModel);
        using PeftModel peft = WithLora(model);
        (ModelInput input, Tensor labels) = Batch();
        Tensor logits = model.Forward(input, peft.Pass());
        Tensor plain = nn.functional.cross_entropy(logits[0, ..^1], labels[0, 1..], reduction: nn.Reduction.Sum);
        plain.backward();
        Tensor[] expected = [.. peft.Adapters["default"].Trainable.Select(tensor => tensor.Value.grad!.clone())];
        foreach (TrainableTensor tensor in peft.Adapters["default"].Trainable)
            tensor.Value.grad!.zero_();
        LossSum loss = model.Loss(input, new() { Labels = labels }, peft.Pass());
        loss.Sum.backward();
        Assert.Equal(plain.item<float>(), loss.Sum.item<float>(), 1e-4);
        for (int i = 0; i < expected.Length; i++)
            Close.Relative(expected[i], peft.Adapters["default"].Trainable[i].Value.grad!, 1e-4, peft.Adapters["default"].Trainable[i].Key);
    }

    private static void Step(PeftModel peft)
    {
        using var scope = NewDisposeScope();
        (ModelInput input, Tensor labels) = Batch();
        LossSum loss = peft.Base.Loss(input, new() { Labels = labels }, peft.Pass(training: true));
        loss.Sum.backward();
    }

    private static (ModelInput Input, Tensor Labels) Batch()
    {
        Tensor ids = tensor(_prompts[2].Select(id => (long)id).ToArray()).unsqueeze(0);
        return (new() { InputIds = ids }, ids);
    }

    private static PeftModel WithLora(BaseModel model)
    {
        PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new LoraOptions { R = 4, LoraAlpha = 8 });
        RandomTensors random = new(seed: 3);
        foreach (TrainableTensor tensor in adapter.Trainable)
            random.FillNormal(tensor.Value);
        return peft;
    }
}
