using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.Lora.Combining;
using PeftSharp.Models;
using PeftSharp.Tensors;
using PeftSharp.Testing;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary><c>multi_adapter/</c>: several adapters over one base, against peft.</summary>
public sealed class MultiAdapterTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private static readonly string _folder = Fixtures.PathOf("hf_peft", "multi_adapter");

    private readonly JsonElement _case = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "case.json"))).RootElement;
    private readonly SafetensorsFile _expected = SafetensorsFile.Open(Path.Combine(_folder, "expected.safetensors"));
    private readonly BaseModel _base;
    private readonly PeftModel _model;
    private readonly ModelInput _input;

    public MultiAdapterTests()
    {
        _base = BaseModel.Load(Path.Combine(_folder, "..", _case.GetProperty("family").GetString()!, "base"));
        _model = new PeftModel(_base);
        foreach (string name in Names)
            _model.LoadAdapter(Path.Combine(_folder, name), name);
        _input = new ModelInput { InputIds = _expected.Load("input_ids"), AttentionMask = _expected.Load("attention_mask") };
    }

    public static TheoryData<string> Names =>
        [.. Directory.GetDirectories(_folder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Combinations =>
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "case.json"))).RootElement.GetProperty("combinations").EnumerateObject().Select(pair => pair.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Forward_OfOneAdapter_GivesItsLogits(string name) => Compare($"logits.{name}", Composition.Of(name));

    [Fact]
    public void Forward_OfNoAdapter_GivesTheBase() => Compare("logits.base", Composition.None);

    [Fact]
    public void Forward_OfMixedRows_GivesEachRowItsAdapter() => Compare("logits.mixed", Composition.ByRow(MixedRows));

    [Fact]
    public void Forward_OfMixedRows_EqualsEachRowAlone()
    {
        using Tensor mixed = _model.Forward(_input, Composition.ByRow(MixedRows));
        for (int row = 0; row < MixedRows.Length; row++)
        {
            using Tensor alone = _model.Forward(
                _input, MixedRows[row] == Composition.BaseName ? Composition.None : Composition.Of(MixedRows[row]));
            Close.Relative(alone[row], mixed[row], Tolerance, $"row {row}");
        }
    }

    [Theory, MemberData(nameof(Combinations))]
    public void AddWeightedAdapter_OfReferenceCombination_GivesItsLogits(string name)
    {
        JsonElement settings = _case.GetProperty("combinations").GetProperty(name);
        string type = settings.GetProperty("type").GetString()!;
        string[] adapters = [.. settings.GetProperty("adapters").EnumerateArray().Select(item => item.GetString()!)];
        double[] weights = [.. settings.GetProperty("weights").EnumerateArray().Select(item => item.GetDouble())];
        _model.AddWeightedAdapter(name, new WeightedCombination
        {
            Adapters = adapters,
            Weights = weights,
            CombinationType = type,
            SvdRank = settings.TryGetProperty("svd_rank", out JsonElement rank) ? rank.GetInt32() : null,
            Density = settings.TryGetProperty("density", out JsonElement density) ? density.GetDouble() : null,
            MajoritySignMethod = settings.TryGetProperty("majority_sign_method", out JsonElement method) ? method.GetString()! : "total",
        });
        Compare($"logits.{name}", Composition.Of(name));
    }

    [Fact]
    public void AddWeightedAdapter_ByCat_EqualsTheWeightedSumOfDeltas()
    {
        _model.AddWeightedAdapter("sum", new WeightedCombination { Adapters = ["a", "b"], Weights = [1, 1], CombinationType = "cat" });
        using Tensor stacked = _model.Forward(_input, Composition.Stacked("a", "b"));
        using Tensor summed = _model.Forward(_input, Composition.Of("sum"));
        Close.Relative(stacked, summed, Tolerance, "a + b");
    }

    [Fact]
    public void AddWeightedAdapter_OfUnequalRanksLinearly_SaysWhatToUse()
    {
        PeftException error = Assert.Throws<PeftException>(() => _model.AddWeightedAdapter(
            "x", new WeightedCombination { Adapters = ["a", "c"], Weights = [1, 1], CombinationType = "linear" }));
        Assert.Contains("('a')", error.Message, StringComparison.Ordinal);
        Assert.Contains("use svd, cat, ties_svd", error.Message, StringComparison.Ordinal);
    }

    /// <summary>r is the same, and one module has a rank of its own.</summary>
    [Theory]
    [InlineData("linear")]
    [InlineData("ties")]
    [InlineData("dare_linear")]
    [InlineData("dare_ties")]
    [InlineData("magnitude_prune")]
    public void AddWeightedAdapter_OfUnequalRankPatterns_NamesTheModuleAndTheRanks(string type)
    {
        LoraOptions options = new() { R = 4, Init = LoraInit.Random };
        _model.AddAdapter(options, "four");
        _model.AddAdapter(options with { RankPattern = new Dictionary<string, double> { ["q_proj"] = 2 } }, "two");
        WeightedCombination combination = new() { Adapters = ["four", "two"], Weights = [1, 1], CombinationType = type, Density = 0.5 };
        PeftException error = Assert.Throws<PeftException>(() => _model.AddWeightedAdapter("x", combination));
        Assert.Contains("q_proj' they are 4 ('four'), 2 ('two')", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        // The same by a type that takes any ranks.
        _model.AddWeightedAdapter("x", combination with { CombinationType = type == "linear" ? "svd" : $"{type}_svd" });
    }

    [Fact]
    public void AddWeightedAdapter_OfEqualRankPatternsLinearly_IsTheReferenceSum()
    {
        LoraOptions options = new() { R = 4, Init = LoraInit.Random, RankPattern = new Dictionary<string, double> { ["q_proj"] = 2 } };
        _model.AddAdapter(options, "one", seed: 1);
        _model.AddWeightedAdapter("x", new WeightedCombination { Adapters = ["one"], Weights = [1], CombinationType = "linear" });
        using Tensor expected = _model.Forward(_input, Composition.Of("one"));
        using Tensor actual = _model.Forward(_input, Composition.Of("x"));
        Close.Relative(expected, actual, Tolerance, "one adapter of weight 1");
    }

    [Fact]
    public void Forward_OfUnknownAdapter_NamesTheLoadedOnes()
    {
        PeftException error = Assert.Throws<AdapterNotFoundException>(() => _model.Forward(_input, Composition.Of("missing")));
        Assert.Contains("a, b, c", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_OnManyThreads_GivesEachItsAdapter()
    {
        string[] names = [.. Names.Select(row => row.Data)];
        float[][] alone = [.. names.Select(Logits)];
        Parallel.For(0, 48, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(alone[i % names.Length], Logits(names[i % names.Length])));
    }

    [Fact]
    public void RemoveAdapter_OfActiveOne_LeavesTheBase()
    {
        _model.Active = Composition.Of("a");
        _model.RemoveAdapter("a");
        using Tensor logits = _model.Forward(_input);
        Close.Relative(_expected.Load("logits.base"), logits, Tolerance, "base");
    }

    public void Dispose()
    {
        _input.InputIds.Dispose();
        _input.AttentionMask?.Dispose();
        _model.Dispose();
        _base.Dispose();
        _expected.Dispose();
    }

    private string[] MixedRows => [.. _case.GetProperty("mixed_rows").EnumerateArray().Select(item => item.GetString()!)];

    private float[] Logits(string name)
    {
        using var noGrad = no_grad();
        using Tensor logits = _model.Forward(_input, Composition.Of(name));
        return logits.data<float>().ToArray();
    }

    private void Compare(string expected, Composition composition)
    {
        using Tensor logits = _model.Forward(_input, composition);
        using Tensor wanted = _expected.Load(expected);
        Close.Relative(wanted, logits, Tolerance, expected);
    }
}
