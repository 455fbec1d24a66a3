using PeftSharp.Adapters;
using PeftSharp.Methods.AdaLora;
using PeftSharp.Methods.BitFit;
using PeftSharp.Methods.LoHa;
using PeftSharp.Methods.Lora;
using PeftSharp.Methods.Lora.Converting;
using PeftSharp.Methods.Vera;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using PeftSharp.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods;

/// <summary>Adapters of other methods rewritten as LoRA.</summary>
public sealed class LoraConverterTests
{
    public static TheoryData<string> Convertible =>
        [.. GoldenCases.SavedByPeft.Select(row => row.Data).Where(name => name.Split('/')[^1] is "ia3" or "vera" or "loha" or "lokr" or "oft" or "boft" or "adalora" or "pissa" or "dora" or "lora" or "lora_bias_all" or "lora_bias_only" or "lora_embed" or "lora_modules_to_save")];

    [Theory, MemberData(nameof(Convertible))]
    public void ConvertToLora_AtTheRankThatHoldsIt_ComputesTheSameAndReloads(string name)
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using GoldenCase golden = GoldenCase.Open(name);
        LoraConversion conversion = golden.Model.ConvertToLora(PeftModel.DefaultAdapter, "lora", ConversionRank.Fixed(RankThatHolds(golden.Adapter!.Options)));
        // What fp32 leaves of a small update between two large weights.
        Assert.True(conversion.RelativeError < 1e-5, $"{conversion.RelativeError}");
        Close.Relative(golden.Expected("logits"), golden.Model.Forward(golden.Input, Composition.Of("lora")), 1e-5, "logits");
        golden.Model.SaveAdapter(folder.Root, "lora");
        golden.Model.LoadAdapter(folder.At("lora"), "again");
        Close.Relative(golden.Expected("logits"), golden.Model.Forward(golden.Input, Composition.Of("again")), 1e-5, "logits of the saved");
    }

    [Theory, MemberData(nameof(Convertible))]
    public void ConvertToLora_AtASmallRank_ReportsTheErrorThatThereIs(string name)
    {
        using var scope = NewDisposeScope();
        using GoldenCase golden = GoldenCase.Open(name);
        LoraConversion conversion = golden.Model.ConvertToLora(PeftModel.DefaultAdapter, "lora", ConversionRank.Fixed(2));
        using MergedWeights exact = golden.Model.MergedWeights(), cut = golden.Model.MergedWeights(Composition.Of("lora"));
        double lost = 0, whole = 0;
        foreach (ConvertedModule module in conversion.Modules)
        {
            Assert.Equal(2, module.Rank);
            Tensor weight = golden.Base.FindParameter(module.Path + ".weight")!.Stored;
            double size = exact[module.Path + ".weight"].sub(weight).norm().item<float>(), error = exact[module.Path + ".weight"].sub(cut[module.Path + ".weight"]).norm().item<float>();
            Assert.Equal(size, module.UpdateNorm, 1e-4 * size);
            Assert.Equal(error / size, module.RelativeError, 1e-4);
            lost += error * error;
            whole += size * size;
        }
        Assert.Equal(Math.Sqrt(lost / whole), conversion.RelativeError, 1e-4);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.999)]
    public void ConvertToLora_ToAShare_TakesTheSmallestRanksThatKeepIt(double share)
    {
        using GoldenCase golden = GoldenCase.Open("llama/lokr");
        LoraConversion conversion = golden.Model.ConvertToLora(PeftModel.DefaultAdapter, "lora", ConversionRank.Energy(share));
        Assert.All(conversion.Modules, module => Assert.True(1 - module.RelativeError * module.RelativeError >= share - 1e-6));
        LoraConversion less = golden.Model.ConvertToLora(PeftModel.DefaultAdapter, "less", ConversionRank.Fixed(Math.Max(1, conversion.Modules.Min(module => module.Rank) - 1)));
        Assert.Contains(less.Modules, module => 1 - module.RelativeError * module.RelativeError < share);
        Assert.True(((LoraOptions)conversion.Adapter.Options).RankPattern.Count > 0 || conversion.Modules.Select(module => module.Rank).Distinct().Count() == 1);
    }

    [Fact]
    public void ConvertToLora_OfMethodsWithoutLowRankForm_SaysWhatToDo()
    {
        Assert.Contains("changes no linear layer", Refused("llama/ln_tuning"), StringComparison.Ordinal);
        Assert.Contains("virtual tokens", Refused("llama/prompt"), StringComparison.Ordinal);
        Assert.Contains("virtual tokens", Refused("llama/prefix"), StringComparison.Ordinal);
        Assert.Contains("token rows", Refused("llama/trainable_tokens"), StringComparison.Ordinal);
        Assert.Contains("token rows", Refused("llama/lora_trainable_tokens"), StringComparison.Ordinal);
        using BaseModel model = MethodVariants.Load("bert");
        using PeftModel peft = new(model);
        peft.AddAdapter(new BitFitOptions());
        Assert.Contains("BITFIT", Assert.Throws<PeftException>(() => peft.ConvertToLora("default", "lora", ConversionRank.Fixed(4))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("16", 16, null)]
    [InlineData("0.95", null, 0.95)]
    [InlineData(".5", null, 0.5)]
    public void Parse_OfRankOrShare_GivesIt(string text, int? rank, double? share)
    {
        ConversionRank parsed = ConversionRank.Parse(text);
        Assert.Equal((rank, share), (parsed.FixedRank, parsed.EnergyShare));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("1.5")]
    [InlineData("many")]
    public void Parse_OfAnythingElse_SaysWhatItMayBe(string text) =>
        Assert.Contains("share of the update", Assert.Throws<PeftException>(() => ConversionRank.Parse(text)).Message, StringComparison.Ordinal);

    private static string Refused(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        return Assert.Throws<PeftException>(() => golden.Model.ConvertToLora(PeftModel.DefaultAdapter, "lora", ConversionRank.Fixed(4))).Message;
    }

    /// <summary>The rank at which nothing is lost; rotations, scales and directions have full rank.</summary>
    private static int RankThatHolds(PeftOptions options) => options switch
    {
        LoHaOptions loha => loha.R * loha.R,
        VeraOptions vera => vera.R,
        AdaLoraOptions adalora => adalora.InitR,
        LoraOptions { UseDora: false, Init: var init } lora => init == LoraInit.Pissa ? 2 * lora.R : (int)lora.RankPattern.Values.Append(lora.R).Max(),
        _ => int.MaxValue,
    };
}
