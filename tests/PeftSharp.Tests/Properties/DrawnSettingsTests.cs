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
        using BaseModel model = Load(family);
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
            GradientsAreThoseOfTheLoss(peft, adapter);
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

    /// <summary>Along a random direction d the loss changes by g·d (central difference).</summary>
    private static void GradientsAreThoseOfTheLoss(PeftModel peft, Adapter adapter)
    {
        // DoRA's norm and OFT's projection are outside the graph by their papers; tied factors are moved by two gradients.
        if (adapter.Options is LoraOptions { UseDora: true } or LoraOptions { EnsureWeightTying: true } or OftOptions { Constrained: true })
            return;
        using Generator random = new(9);
        Tensor loss = Loss(peft, adapter);
        loss.backward();
        using var noGrad = no_grad();
        List<(Tensor Value, Tensor Direction)> moves = [];
        double expected = 0, size = 0;
        foreach (TrainableTensor tensor in adapter.Trainable)
        {
            if (tensor.Value.grad is not { } gradient)
                continue;
            Tensor direction = InitialValues.Normal(random, 1, tensor.Value.shape);
            double norm = gradient.norm().item<float>();
            // Along the gradient and a little beside it, so that the change is no rounding.
            if (norm > 0)
                direction = gradient.DividedBy(norm).Plus(direction.Times(0.1 / Math.Sqrt(direction.numel())));
            expected += gradient.mul(direction).sum().item<float>();
            size += norm;
            moves.Add((tensor.Value, direction));
        }
        double Move(double by)
        {
            foreach ((Tensor value, Tensor direction) in moves)
                value.PlusInPlace(direction.Times(by));
            return Loss(peft, adapter).to(ScalarType.Float64).item<double>();
        }
        // A step that changes the loss by about a hundredth: far above fp32's rounding, far below its curvature.
        double step = 0.01 / Math.Max(5, Math.Abs(expected));
        double up = Move(step), down = Move(-2 * step);
        Move(step);
        double found = (up - down) / (2 * step);
        Assert.True(Math.Abs(found - expected) <= 0.03 * size + 2e-3, $"the loss changes by {found} along a direction and its gradient says {expected}");
    }

    private static Tensor Loss(PeftModel peft, Adapter adapter)
    {
        ModelInput input = Input(peft.Base);
        Targets targets = new()
        {
            Labels = peft.Base.Task == TaskType.CausalLanguageModel
                ? input.InputIds.where(input.AttentionMask!.NotEqualTo(0), tensor(-100L))
                : tensor(new long[] { 0, 2, 1 }),
        };
        Tensor? penalty = adapter.Hook?.Penalty();
        using LossSum loss = peft.Base.Loss(input, targets, peft.Pass());
        Tensor mean = loss.Mean();
        return penalty is null ? mean : mean.Plus(penalty);
    }

    /// <summary>Moves every trainable value a little, so that nothing is zero or one any more.</summary>
    private static void Disturb(Adapter adapter)
    {
        using var noGrad = no_grad();
        using Generator random = new(5);
        foreach (TrainableTensor tensor in adapter.Trainable)
            tensor.Value.PlusInPlace(InitialValues.Normal(random, 0.03, tensor.Value.shape));
    }

    private static BaseModel Load(string family) => BaseModel.Load(
        Fixtures.PathOf("hf_peft", family, "base"),
        new BaseModelOptions { Task = family.StartsWith("llama", StringComparison.Ordinal) && family != "llama_seqcls" ? TaskType.CausalLanguageModel : TaskType.SequenceClassification });

    private static ModelInput Input(BaseModel model)
    {
        Tensor mask = tensor(new long[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1 }, [3, 7]);
        return new ModelInput { InputIds = new RandomTensors(3).Integers(3, model.VocabularySize, 3, 7), AttentionMask = mask };
    }
}
