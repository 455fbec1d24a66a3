using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Methods.Lora;

/// <summary>Layers that run more than once (<c>layer_replication</c>); golden cases have peft's logits, gradients and steps.</summary>
public sealed class LayerReplicationTests
{
    private static readonly LoraOptions _options = new() { R = 2, LayerReplication = [(0, 2), (0, 2)], Init = LoraInit.Random };

    [Theory]
    [InlineData("bert", "encoder.layer")]
    [InlineData("llama", "layers")]
    public void Forward_OfLayersTwice_RunsThemTwiceAndLeavesTheBaseAlone(string family, string layers)
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create(family, TaskType.FeatureExtraction);
        using PeftModel peft = new(model);
        ModelInput input = new() { InputIds = tensor(new long[,] { { 4, 5, 6 }, { 7, 8, 9 } }) };
        Tensor before = model.Forward(input, Pass.Bare);
        Adapter adapter = peft.AddAdapter(_options with { Init = LoraInit.Default });
        List<Tensor> states = [], own = [];
        model.Hidden(input, peft.Pass(), states.Add);
        Assert.Equal(5, states.Count);
        // B is 0: the same as the base up to its last layer, whose output goes into the first one again.
        model.Hidden(input, Pass.Bare, own.Add);
        Assert.True(states[1].Equals(own[1]));
        Assert.False(states[4].Equals(own[2]));
        Assert.True(before.Equals(model.Forward(input, Pass.Bare)));
        Assert.Equal(["0", "1", "2", "3"], adapter.Trainable.Select(one => one.Key.Split($".{layers}.")[1].Split('.')[0]).Distinct());
    }

    [Fact]
    public void AddAdapter_OfLayersTwice_CopiesNoWeight()
    {
        using BaseModel model = TinyConfigs.Create("llama", TaskType.CausalLanguageModel);
        using PeftModel peft = new(model);
        BaseModel replica = peft.AddAdapter(_options).Model;
        Assert.Same(replica, peft.AddAdapter(_options, "again").Model);
        foreach (Linear node in replica.Nodes.OfType<Linear>())
        {
            string path = node.Path.Replace("layers.2", "layers.0", StringComparison.Ordinal).Replace("layers.3", "layers.1", StringComparison.Ordinal);
            Linear source = Assert.IsType<Linear>(model.FindNode(path));
            Assert.Same(source.Packed, node.Packed);
            using (no_grad())
                source.Weight.Value.neg_();
            Assert.True(source.Weight.Value.Equals(node.Weight.Value));
        }
    }

    [Fact]
    public void Generate_WithACache_GivesTheTokensOfTheWholeSequence()
    {
        using var scope = NewDisposeScope();
        using BaseModel model = TinyConfigs.Create("llama", TaskType.CausalLanguageModel);
        using PeftModel peft = new(model);
        peft.AddAdapter(_options);
        using TokenGenerator generator = new(peft);
        List<long> tokens = [4, 17, 9];
        int[] found = [.. generator.Generate([4, 17, 9], new() { MaxNewTokens = 6, EosTokenIds = [] }).Ids];
        foreach (int next in found)
        {
            Assert.Equal(next, model.Forward(new() { InputIds = tensor(tokens.ToArray()).unsqueeze(0) }, peft.Pass())[0, -1].argmax().item<long>());
            tokens.Add(next);
        }
        Assert.Equal(6, found.Length);
    }

    [Fact]
    public void WhatHasNoMeaning_IsSaid()
    {
        using BaseModel model = TinyConfigs.Create("llama", TaskType.CausalLanguageModel);
        using PeftModel peft = new(model);
        peft.AddAdapter(_options);
        peft.AddAdapter(new LoraOptions(), "plain");
        Says("runs layers more than once", () => peft.MergedWeights(Composition.Of("default")).Dispose());
        Says("do not run the same layers", () => peft.Pass(Composition.Stack("default", "plain")));
        Says("needs a batch of its own", () => peft.Pass(Composition.ByRow("default", "plain")));
        Says("[1, 3] is no range of the 2 layers", () => peft.AddAdapter(new LoraOptions { LayerReplication = [(1, 3)] }, "c"));
        Says("names no layers", () => peft.AddAdapter(new LoraOptions { LayerReplication = [] }, "c"));

        static void Says(string message, Action action) =>
            Assert.Contains(message, Assert.Throws<PeftException>(action).Message, StringComparison.Ordinal);
    }
}
