using PeftSharp.Adapters;
using PeftSharp.Generation;
using PeftSharp.Models;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.LlamaCpp.Tests;

/// <summary>The same model here: greedy tokens and the logits of the first one.</summary>
internal static class PeftSharpModel
{
    public static (int[] Tokens, float[] Logits) Greedy(PeftModel model, IReadOnlyList<int> prompt, int count)
    {
        using TokenGenerator generator = new(model);
        int[] tokens = [.. generator.Generate([.. prompt], new GenerationOptions { MaxNewTokens = count, EosTokenIds = [] }).Ids];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor ids = tensor(prompt.Select(id => (long)id).ToArray()).unsqueeze(0);
        Tensor logits = model.Base.ForwardLast(new ModelInput { InputIds = ids }, model.Pass(model.Active, training: false), null);
        return (tokens, logits.data<float>().ToArray());
    }

    /// <summary>Tokens equal, logits close: llama.cpp sums in another order.</summary>
    public static void AssertSame((int[] Tokens, float[] Logits) expected, (int[] Tokens, float[] Logits) found)
    {
        float scale = expected.Logits.Max(Math.Abs), worst = 0;
        for (int i = 0; i < expected.Logits.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected.Logits[i] - found.Logits[i]));
        Assert.True(worst <= 1e-4f * scale, $"logits differ by {worst / scale:g3} of the largest");
        Assert.Equal(expected.Tokens, found.Tokens);
    }
}
