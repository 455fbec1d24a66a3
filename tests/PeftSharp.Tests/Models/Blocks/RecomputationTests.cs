using PeftSharp.Adapters;
using PeftSharp.Kernels;
using PeftSharp.Kernels.Graph;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tests.Methods;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Blocks;

/// <summary>
/// Layers that are computed again give the same losses, gradients and states as those that are kept: the same bits, but
/// where layers share a trained tensor: its gradients are summed in another order.
/// </summary>
[Collection(SeededTorch.Name)]
public sealed class RecomputationTests
{
    public static TheoryData<string> Cases => GoldenCases.Tuned;

    public static TheoryData<string, string> Variants => MethodVariants.OnSomeFamilies;

    [Theory, MemberData(nameof(Cases))]
    public void Backward_OfEveryReferenceCase_IsTheSameButForRounding(string name)
    {
        Outcome kept = Of(false), again = Of(true);
        Assert.NotEmpty(kept.Values);
        kept.AssertClose(again);

        Outcome Of(bool checkpointing)
        {
            using GoldenCase golden = GoldenCase.OpenForTraining(name);
            return Outcome.Of(golden.Model, golden.Adapter!, golden.Input, golden.Targets, null, checkpointing);
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void Backward_WithDropoutOfMethods_IsTheSame(string family, string settings)
    {
        Outcome kept = Of(false), again = Of(true);
        kept.AssertSame(again);

        Outcome Of(bool checkpointing)
        {
            using var scope = NewDisposeScope();
            using BaseModel model = MethodVariants.Load(family);
            using PeftModel peft = new(model);
            Adapter adapter = peft.AddAdapter(MethodVariants.Read(settings), seed: 7);
            ModelInput input = MethodVariants.Input(model);
            Tensor labels = model.Task == TaskType.CausalLanguageModel ? SomeLabels(input) : tensor(new long[] { 0, 1, 0 });
            return Outcome.Of(peft, adapter, input, new Targets { Labels = labels }, null, checkpointing);
        }
    }

    [Theory]
    [InlineData("bert", ScalarType.Float32)]
    [InlineData("bert", ScalarType.BFloat16)]
    [InlineData("llama", ScalarType.Float32)]
    [InlineData("llama", ScalarType.BFloat16)]
    public void Backward_WithDropoutAndPadding_IsTheSame(string family, ScalarType dtype)
    {
        Outcome kept = Of(false, 5), again = Of(true, 5), other = Of(true, 6);
        kept.AssertSame(again);
        Assert.NotEqual(kept.Loss, other.Loss);

        Outcome Of(bool checkpointing, long seed)
        {
            using var scope = NewDisposeScope();
            using BaseModel model = WithDropout(family, dtype);
            using PeftModel peft = new(model);
            Adapter adapter = peft.AddAdapter(new LoraOptions { R = 4, LoraDropout = 0.3, Init = LoraInit.Random }, seed: 7);
            ModelInput input = MethodVariants.Input(model);
            Tensor mask = ones_like(input.InputIds);
            mask[1].narrow(0, 5, 3).zero_();
            Tensor labels = model.Task == TaskType.CausalLanguageModel ? SomeLabels(input) : tensor(new long[] { 0, 1, 0 });
            return Outcome.Of(peft, adapter, input with { AttentionMask = mask }, new Targets { Labels = labels }, null, checkpointing, seed);
        }
    }

    [Fact]
    public void Backward_OfMixedRows_IsTheSame()
    {
        Outcome kept = Of(false), again = Of(true);
        kept.AssertSame(again);

        static Outcome Of(bool checkpointing)
        {
            using var scope = NewDisposeScope();
            using BaseModel model = MethodVariants.Load("llama");
            using PeftModel peft = new(model);
            Adapter prefix = peft.AddAdapter(MethodVariants.Read("""{"peft_type": "PREFIX_TUNING", "num_virtual_tokens": 4}"""), "prefix", seed: 7);
            Adapter lora = peft.AddAdapter(new LoraOptions { R = 4, LoraDropout = 0.3, Init = LoraInit.Random }, "lora", seed: 7);
            ModelInput input = MethodVariants.Input(model);
            Composition rows = Composition.ByRow("prefix", "lora", Composition.BaseName);
            Outcome all = Outcome.Of(peft, prefix, input, new Targets { Labels = input.InputIds }, rows, checkpointing);
            return all with { Values = [.. all.Values, .. Outcome.Gradients(lora)] };
        }
    }

    [Fact]
    public void Forward_BelowTheLowestTrainedLayer_HasNoGraph()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        peft.AddAdapter(new LoraOptions { R = 4, LayersToTransform = [1] });
        List<Tensor> states = [];
        model.Hidden(MethodVariants.Input(model), peft.Pass(training: true, gradientCheckpointing: true), states.Add).Dispose();
        Assert.Equal([false, false, true], states.Select(state => state.requires_grad));
        states.ForEach(state => state.Dispose());
    }

    [Fact]
    public void Backward_Measured_TakesTheProductsOfOneMoreForward()
    {
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        peft.AddAdapter(new LoraOptions { R = 4 });
        double forward;
        using (no_grad())
            forward = Operations(false);
        Assert.True(forward > 0);
        Assert.Equal(Operations(false) + forward, Operations(true));

        double Operations(bool checkpointing)
        {
            using var scope = NewDisposeScope();
            KernelClock.IsOn = true;
            KernelClock.Take();
            Tensor last = model.Hidden(MethodVariants.Input(model), peft.Pass(training: true, gradientCheckpointing: checkpointing));
            if (last.requires_grad)
                last.sum().backward();
            GraphNode.EndBackward();
            KernelClock.IsOn = false;
            return KernelClock.Take().FrozenOperations;
        }
    }

    [Fact]
    public void Backward_OfALayerThatFails_ThrowsItsException()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = MethodVariants.Load("llama");
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new LoraOptions { R = 4 });
        ModelInput input = MethodVariants.Input(model);
        LossSum loss = model.Loss(input, new Targets { Labels = input.InputIds }, peft.Pass(training: true, gradientCheckpointing: true));
        adapter.Dispose();
        loss.Sum.backward();
        Assert.ThrowsAny<Exception>(GraphNode.EndBackward);
        GraphNode.EndBackward();
    }

    /// <summary>Of the fixture's shape, with dropout wherever the family has it.</summary>
    private static BaseModel WithDropout(string family, ScalarType dtype)
    {
        string config = File.ReadAllText(Path.Combine(TinyModel.FolderOf(family), "config.json"));
        foreach (string key in (string[])["attention_probs_dropout_prob", "hidden_dropout_prob"])
            config = config.Replace($"\"{key}\": 0.0", $"\"{key}\": 0.2", StringComparison.Ordinal);
        return BaseModel.Create(ModelConfig.Parse(config, family), new BaseModelOptions { Dtype = dtype });
    }

    /// <summary>Labels in the second half of each row only: the last layer computes these positions alone.</summary>
    private static Tensor SomeLabels(ModelInput input)
    {
        Tensor labels = input.InputIds.clone();
        labels.narrow(1, 0, 4).FillInPlace(-100);
        return labels;
    }

    /// <summary>The loss, every gradient (empty where there is none), and every tensor of the adapter afterwards.</summary>
    private sealed record Outcome(float Loss, float[][] Values)
    {
        public static Outcome Of(
            PeftModel model, Adapter adapter, ModelInput input, Targets targets, Composition? composition, bool checkpointing, long seed = 5)
        {
            using var scope = NewDisposeScope();
            using var draws = Draws.From(seed);
            Pass pass = model.Pass(composition, training: true, checkpointing);
            Tensor loss = model.Base.Task == TaskType.FeatureExtraction
                ? model.Base.Forward(input, pass).Squared().mean()
                : model.Base.Loss(input, targets, pass).Mean();
            loss.backward();
            GraphNode.EndBackward();
            // What is drawn next says that the generator is where it would be.
            float next = Draws.Uniform(1).item<float>();
            return new(loss.item<float>(), [.. Gradients(adapter), [next], .. adapter.Trainable.Select(tensor => tensor.Value.to(ScalarType.Float32).data<float>().ToArray())]);
        }

        public static IEnumerable<float[]> Gradients(Adapter adapter) =>
            adapter.Trainable.Select(tensor => tensor.Value.grad is { } gradient ? gradient.to(ScalarType.Float32).data<float>().ToArray() : []);

        public void AssertClose(Outcome other)
        {
            const float Rounding = 1e-5f;
            // The step between two fp32 values: what sums in another order may differ by.
            const float Step = 1.1920929e-7f;
            Assert.True(Math.Abs(Loss - other.Loss) <= Rounding * Math.Abs(Loss), $"the loss {other.Loss} is not {Loss}");
            Assert.Equal(Values.Select(value => value.Length), other.Values.Select(value => value.Length));
            float scale = Values.SelectMany(value => value).Max(Math.Abs);
            for (int i = 0; i < Values.Length; i++)
            {
                float own = Values[i].Select(Math.Abs).DefaultIfEmpty().Max();
                // A gradient that is zero by mathematics is nothing but rounding.
                float allowed = Math.Max(Rounding * own, Step * scale);
                float apart = Values[i].Zip(other.Values[i], (a, b) => Math.Abs(a - b)).DefaultIfEmpty().Max();
                Assert.True(apart <= allowed, $"value {i} differs by {apart}, {apart / own} of its largest");
            }
        }

        public void AssertSame(Outcome other)
        {
            Assert.Equal(Loss, other.Loss);
            Assert.Equal(Values.Length, other.Values.Length);
            for (int i = 0; i < Values.Length; i++)
                Assert.Equal(Values[i], other.Values[i]);
        }
    }
}
