using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests.Adapters;

/// <summary>peft's rule, a test for each of its steps.</summary>
public sealed class TargetSelectionTests : IDisposable
{
    private readonly BaseModel _llama = BaseModel.Load(Fixtures.PathOf("hf_peft", "llama", "base"));

    public void Dispose() => _llama.Dispose();

    [Fact]
    public void Select_ExcludedByEnding_IsLeftOut() =>
        Assert.Equal(
            ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj", "model.layers.1.self_attn.v_proj"],
            Paths(new(TargetModules.Of("q_proj", "v_proj"), Exclude: TargetModules.Of("0.self_attn.v_proj"))));

    [Fact]
    public void Select_ExcludedByExpression_MustMatchTheWholePath()
    {
        Assert.Equal(2, Paths(new(TargetModules.Of("q_proj"), Exclude: TargetModules.Matching("q_proj"))).Length);
        Assert.Equal(["model.layers.1.self_attn.q_proj"], Paths(new(TargetModules.Of("q_proj"), Exclude: TargetModules.Matching(@".*\.0\..*"))));
    }

    [Fact]
    public void Select_InsideAModuleToSave_IsLeftOut() =>
        Assert.Equal(
            ["model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"],
            Paths(new(TargetModules.Of("q_proj", "up_proj")), "mlp"));

    [Fact]
    public void Select_ModuleToSaveItself_IsOnlySaved() =>
        Assert.Equal(
            ["model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.v_proj"],
            Paths(new(TargetModules.Of("q_proj", "v_proj")), "q_proj"));

    [Fact]
    public void Select_EndOfAWordInModulesToSave_DoesNotLeaveItOut() =>
        Assert.Equal(2, Paths(new(TargetModules.Of("q_proj")), "proj").Length);

    [Fact]
    public void Select_ByExpression_MatchesTheWholePath()
    {
        Assert.Equal(2, Paths(new(TargetModules.Matching(@".*self_attn\.q_proj"))).Length);
        Assert.Throws<PeftException>(() => Paths(new(TargetModules.Matching("q_proj"))));
    }

    [Theory]
    [InlineData("all-linear")]
    [InlineData("All-Linear")]
    public void Select_AllLinear_LeavesTheHeadOut(string word)
    {
        string[] paths = Paths(new(TargetModules.Matching(word)));
        Assert.Equal(14, paths.Length);
        Assert.DoesNotContain("lm_head", paths);
    }

    [Fact]
    public void Select_WholePath_CountsWhateverTheLayers() =>
        Assert.Equal(
            ["model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.q_proj"],
            Paths(new(TargetModules.Of("q_proj", "model.layers.0.self_attn.v_proj"), Layers: [1])));

    [Fact]
    public void Select_EndingOfSeveralParts_IsAnEnding() =>
        Assert.Equal(2, Paths(new(TargetModules.Of("self_attn.q_proj"))).Length);

    [Fact]
    public void Select_EndOfAWord_IsNoEnding() =>
        Assert.Throws<PeftException>(() => Paths(new(TargetModules.Of("_proj"))));

    [Theory]
    [InlineData("layers", 1)]
    [InlineData("layer.", 1)]
    [InlineData("h", 0)]
    [InlineData("", 1)]
    public void Select_WithLayersPattern_ReadsTheNumberBehindIt(string pattern, int count)
    {
        TargetSelection selection = new(TargetModules.Of("q_proj"), Layers: [1], LayersPattern: [pattern]);
        if (count == 0)
            Assert.Throws<PeftException>(() => Paths(selection));
        else
            Assert.Equal(["model.layers.1.self_attn.q_proj"], Paths(selection));
    }

    [Fact]
    public void Select_WithoutLayers_TakesAll() =>
        Assert.Equal(2, Paths(new(TargetModules.Of("q_proj"), Layers: [])).Length);

    [Fact]
    public void Select_NameOfNothing_IsAMistakeOfTheUserOnly()
    {
        TargetSelection selection = new(TargetModules.Of("q_proj", "vproj"));
        Assert.Contains("v_proj", Assert.Throws<PeftException>(() => selection.Select(_llama)).Message, StringComparison.Ordinal);
        Assert.Equal(2, selection.Select(_llama, mayNameNothing: true).Count);
    }

    private string[] Paths(TargetSelection selection, params string[] saved) => [.. selection.Select(_llama, saved).Select(node => node.Path)];
}
