using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Methods;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.Oft;
using PeftSharp.Methods.PromptLearning;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Testing;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Properties;

/// <summary>What holds for every method with whatever settings; a failure prints its settings and the seed that draws them again.</summary>
[Trait("Category", "Slow")]
public sealed class DrawnSettingsTests : IDisposable
{
    /// <summary>Draws for each base.</summary>
    private const int Draws = 250;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families => ["bert", "deberta_v2", "llama", "llama_tied_rope", "llama_seqcls"];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Families))]
    public void EveryMethod_WithDrawnSettings_KeepsItsPromises(string family)
    {
        using BaseModel model = Load(family), exact = Load(family, ScalarType.Float64);
        int drawn = 0, refused = 0;
        DrawnSettings.For(family).Any.SampleSeeded(settings =>
        {
            drawn++;
            using var scope = NewDisposeScope();
            using PeftModel peft = new(model);
            Adapter? adapter = Add(peft, settings);
            if (adapter is null)
            {
                refused++;
                return;
            }
            ChangesNothingAtFirst(peft, adapter);
            Disturb(adapter);
            OptionsComeBack(adapter, settings);
            Tensor logits = peft.Forward(Input(model));
            LoadsAsSaved(peft, logits);
            MergesAndUnmerges(peft, adapter, logits);
            RowsStandAlone(peft, logits);
            HoldsInFloat64(exact, settings, GradientsOf(peft, adapter));
        }, iter: Draws, threads: 1, print: settings => settings);
        // Some combinations have no meaning; most have.
        Assert.InRange(refused, 0, drawn / 3);
    }

    /// <summary>The adapter, or null where the settings are refused, which only a clear error may do.</summary>
    private static Adapter? Add(PeftModel peft, string settings)
    {
        try
        {
            return peft.AddAdapter(PeftMethods.Read(JsonSettings.Parse(settings, "drawn")));
        }
        catch (PeftException)
        {
            return null;
        }
    }

    private static void ChangesNothingAtFirst(PeftModel peft, Adapter adapter)
    {
        if (adapter.Options is PromptLearningOptions)
            return;
        Close.Relative(peft.Base.Forward(Input(peft.Base), Pass.Bare), peft.Forward(Input(peft.Base)), 1e-5, "logits of a fresh adapter");
    }

    private static void OptionsComeBack(Adapter adapter, string settings)
    {
        JsonObject written = adapter.Options.ToJson();
        JsonObject again = PeftMethods.Read(JsonSettings.Parse(written.ToJsonString(), "written")).ToJson();
        Assert.True(JsonNode.DeepEquals(written, again), $"{settings}\n{written}\n{again}");
    }

    private void LoadsAsSaved(PeftModel peft, Tensor logits)
    {
        peft.SaveAdapter(_folder.At("a"));
        peft.LoadAdapter(_folder.At("a"), "again");
        Assert.Equal(logits.data<float>().ToArray(), peft.Forward(Input(peft.Base), Composition.Of("again")).data<float>().ToArray());
        peft.SaveAdapter(_folder.At("b"), "again");
        foreach (string file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            Assert.Equal(File.ReadAllBytes(_folder.At("a", file)), File.ReadAllBytes(_folder.At("b", "again", file)));
        peft.RemoveAdapter("again");
    }

    private static void MergesAndUnmerges(PeftModel peft, Adapter adapter, Tensor logits)
    {
        if (adapter.Options is PromptLearningOptions || adapter.Options is LoraOptions { HasLoraBias: true })
            return;
        peft.Merge();
        Close.Relative(logits, peft.Forward(Input(peft.Base)), 1e-4, "merged logits");
        peft.Unmerge();
        Assert.Equal(logits.data<float>().ToArray(), peft.Forward(Input(peft.Base)).data<float>().ToArray());
    }

    /// <summary>A row gives what it gives alone, wherever it stands and with padding on either side.</summary>
    private static void RowsStandAlone(PeftModel peft, Tensor logits)
    {
        ModelInput input = Input(peft.Base);
        for (int row = 0; row < 3; row++)
        {
            long length = input.AttentionMask![row].sum().item<long>();
            Tensor ids = input.InputIds.narrow(0, row, 1).narrow(1, 0, length), expected = Real(logits[row], length);
            Close.Relative(expected, Real(peft.Forward(new ModelInput { InputIds = ids })[0], length), 2e-5, "a row alone", 1e-5);
            Tensor left = cat([ScalarMath.Full([1, 2], 5, ScalarType.Int64), ids], 1), mask = cat([zeros([1, 2], dtype: ScalarType.Int64), ones_like(ids)], 1);
            Tensor padded = peft.Forward(new ModelInput { InputIds = left, AttentionMask = mask })[0];
            Close.Relative(expected, padded.dim() == 1 ? padded : padded.narrow(0, 2, length), 2e-5, "a row padded on the left", 1e-5);
        }
    }

    private static Tensor Real(Tensor row, long length) => row.dim() == 1 ? row : row.narrow(0, 0, length);

    /// <summary>The same adapter, as disturbed, in float64: where a wrong number cannot pass for rounding.</summary>
    private static void HoldsInFloat64(BaseModel model, string settings, Tensor?[] gradients)
    {
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(PeftMethods.Read(JsonSettings.Parse(settings, "drawn")));
        Disturb(adapter);
        LossIsTheSumOfItsRows(peft);
        Tensor?[] exact = GradientsOf(peft, adapter);
        double largest = exact.Max(gradient => gradient?.abs().max().item<double>()) ?? 0;
        for (int i = 0; i < exact.Length; i++)
            if (exact[i] is { } gradient)
                Close.Relative(gradient, gradients[i]!, 1e-4, $"gradient of {adapter.Trainable[i].Key}", 1e-4 * largest);
        GradientsAreThoseOfTheLoss(peft, adapter);
    }

    private static Tensor?[] GradientsOf(PeftModel peft, Adapter adapter)
    {
        Loss(peft, adapter).backward();
        return [.. adapter.Trainable.Select(tensor => tensor.Value.grad)];
    }

    /// <summary>A batch's loss is that of its rows, in whatever order and however padded.</summary>
    private static void LossIsTheSumOfItsRows(PeftModel peft)
    {
        using var noGrad = no_grad();
        (ModelInput input, Targets targets) = Batch(peft.Base);
        Tensor mask = input.AttentionMask!, labels = targets.Labels!;
        Tensor whole = SumOf(peft, input, targets), sum = zeros([], dtype: ScalarType.Float64);
        for (int row = 0; row < 3; row++)
        {
            long length = mask[row].sum().item<long>();
            Tensor Row(Tensor values) => values.narrow(0, row, 1).narrow(1, 0, length);
            sum = sum.Plus(SumOf(
                peft, new ModelInput { InputIds = Row(input.InputIds) }, new Targets { Labels = labels.dim() == 1 ? labels.narrow(0, row, 1) : Row(labels) }));
        }
        Close.Relative(sum, whole, 1e-12, "loss of a batch against the sum of its rows'");
        Tensor order = tensor(new long[] { 2, 0, 1 });
        Tensor Moved(Tensor values, double filler, int left, int right)
        {
            Tensor ordered = values.index_select(0, order);
            return values.dim() == 1 ? ordered : cat([ScalarMath.Full([3, left], filler, ScalarType.Int64), ordered, ScalarMath.Full([3, right], filler, ScalarType.Int64)], 1);
        }
        foreach ((int left, int right) in ((int, int)[])[(3, 0), (0, 4), (2, 1)])
        {
            Tensor moved = SumOf(
                peft,
                new ModelInput { InputIds = Moved(input.InputIds, 5, left, right), AttentionMask = Moved(mask, 0, left, right) },
                new Targets { Labels = Moved(labels, CrossEntropy.Ignored, left, right) });
            Close.Relative(whole, moved, 1e-12, $"loss of the rows in another order, padded by {left} and {right}");
        }
    }

    private static Tensor SumOf(PeftModel peft, ModelInput input, Targets targets)
    {
        using LossSum loss = peft.Base.Loss(input, targets, peft.Pass());
        return loss.Sum.to(ScalarType.Float64);
    }

    /// <summary>Along a random direction d the loss changes by g·d (central difference).</summary>
    private static void GradientsAreThoseOfTheLoss(PeftModel peft, Adapter adapter)
    {
        // DoRA's norm and OFT's projection are outside the graph by their papers; tied factors are moved by two gradients.
        if (adapter.Options is LoraOptions { UseDora: true } or LoraOptions { EnsureWeightTying: true } or OftOptions { Constrained: true })
            return;
        using Generator random = new(9);
        using var noGrad = no_grad();
        List<(Tensor Value, Tensor Direction)> moves = [];
        double expected = 0, size = 0;
        foreach (TrainableTensor tensor in adapter.Trainable)
        {
            if (tensor.Value.grad is not { } gradient)
                continue;
            double norm = gradient.norm().item<double>();
            Tensor direction = InitialValues.Normal(random, 1 / Math.Sqrt(gradient.numel()), tensor.Value.shape).to(ScalarType.Float64);
            // Along each tensor's gradient as much as beside it, so that all of them count.
            if (norm > 0)
                direction = direction.Plus(gradient.DividedBy(norm));
            expected += gradient.mul(direction).sum().item<double>();
            size += norm;
            moves.Add((tensor.Value, direction));
        }
        double Move(double by)
        {
            foreach ((Tensor value, Tensor direction) in moves)
                value.PlusInPlace(direction.Times(by));
            return Loss(peft, adapter).item<double>();
        }
        const double Step = 1e-5;
        double up = Move(Step), down = Move(-2 * Step), found = (up - down) / (2 * Step);
        Assert.True(Math.Abs(found - expected) <= 1e-6 * size + 1e-8, $"the loss changes by {found} along a direction and its gradient says {expected}");
    }

    private static Tensor Loss(PeftModel peft, Adapter adapter)
    {
        (ModelInput input, Targets targets) = Batch(peft.Base);
        Tensor? penalty = adapter.Hook?.Penalty();
        using LossSum loss = peft.Base.Loss(input, targets, peft.Pass());
        Tensor mean = loss.Mean();
        return penalty is null ? mean : mean.Plus(penalty);
    }

    private static (ModelInput Input, Targets Targets) Batch(BaseModel model)
    {
        ModelInput input = Input(model);
        if (model.Task != TaskType.CausalLanguageModel)
            return (input, new Targets { Labels = tensor(new long[] { 0, 2, 1 }) });
        Tensor labels = input.InputIds.where(input.AttentionMask!.NotEqualTo(0), tensor(CrossEntropy.Ignored));
        // Nothing stands before the first token, and padding on the left predicts it no better.
        labels.narrow(1, 0, 1).FillInPlace(CrossEntropy.Ignored);
        return (input, new Targets { Labels = labels });
    }

    /// <summary>Moves every trainable value a little, so that nothing is zero or one any more.</summary>
    private static void Disturb(Adapter adapter)
    {
        using var noGrad = no_grad();
        using Generator random = new(5);
        foreach (TrainableTensor tensor in adapter.Trainable)
            tensor.Value.PlusInPlace(InitialValues.Normal(random, 0.03, tensor.Value.shape));
    }

    private static BaseModel Load(string family, ScalarType dtype = ScalarType.Float32) => BaseModel.Load(
        Fixtures.PathOf("hf_peft", family, "base"),
        new BaseModelOptions { Dtype = dtype, Task = family.StartsWith("llama", StringComparison.Ordinal) && family != "llama_seqcls" ? TaskType.CausalLanguageModel : TaskType.SequenceClassification });

    private static ModelInput Input(BaseModel model)
    {
        Tensor mask = tensor(new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1 }, [3, 7]);
        return new ModelInput { InputIds = new RandomTensors(3).Integers(3, model.VocabularySize, 3, 7), AttentionMask = mask };
    }
}
