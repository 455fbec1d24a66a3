using PeftSharp.Kernels;
using PeftSharp.Models;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Models;

/// <summary>Families without outputs of the real library: their published equations, written out in float64.</summary>
public sealed class PublishedFamilyTests
{
    private const int Heads = 4, Groups = 2, Width = 8;

    // x + norm(attention(x)), then x + norm(feedForward(x)); queries and keys are normalised before they turn (arXiv:2501.00656, section 3.2).
    [Fact]
    public void Forward_OfOlmo2_IsItsEquations()
    {
        Compare("olmo2", theta: 10000, (layer, x, model, cos, sin) =>
        {
            x = x.Plus(Norm(Attention(x, model, layer, cos, sin, normalises: true), model, $"layers.{layer}.post_attention_layernorm", 1e-5));
            return x.Plus(Norm(FeedForward(x, model, layer), model, $"layers.{layer}.post_feedforward_layernorm", 1e-5));
        }, epsilon: 1e-5);
    }

    // LLaMA, and a layer of every no_rope_layer_interval turns nothing (NoPE, arXiv:2501.18795).
    [Fact]
    public void Forward_OfSmolLm3_IsItsEquations()
    {
        Compare("smollm3", theta: 2000000, (layer, x, model, cos, sin) =>
        {
            bool turns = (layer + 1) % 2 != 0;
            x = x.Plus(Attention(Norm(x, model, $"layers.{layer}.input_layernorm", 1e-6), model, layer, turns ? cos : null, turns ? sin : null, normalises: false));
            return x.Plus(FeedForward(Norm(x, model, $"layers.{layer}.post_attention_layernorm", 1e-6), model, layer));
        }, epsilon: 1e-6);
    }

    private delegate Tensor LayerEquation(int layer, Tensor x, BaseModel model, Tensor cos, Tensor sin);

    private static void Compare(string family, double theta, LayerEquation equation, double epsilon)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using BaseModel model = TinyConfigs.Create(family, TaskType.CausalLanguageModel);
        long[] ids = [5, 17, 3, 42, 8, 8, 59];
        Tensor x = Weight(model, "embed_tokens.weight")[tensor(ids)];
        double[] angles = [.. ids.Index().SelectMany(pair => Enumerable.Range(0, Width).Select(i => pair.Index * Math.Pow(theta, -2.0 * (i % (Width / 2)) / Width)))];
        Tensor turn = tensor(angles).view(ids.Length, Width);
        for (int layer = 0; layer < 2; layer++)
            x = equation(layer, x, model, turn.cos(), turn.sin());
        Tensor head = model.FindParameter("lm_head.weight")!.Value.to(ScalarType.Float64);
        Tensor expected = Norm(x, model, "norm", epsilon).matmul(head.t());
        Tensor found = model.Forward(new() { InputIds = tensor(ids).unsqueeze(0) }, Pass.Bare)[0];
        Close.Relative(expected, found, 1e-5, "logits");
    }

    private static Tensor Attention(Tensor x, BaseModel model, int layer, Tensor? cos, Tensor? sin, bool normalises)
    {
        string at = $"layers.{layer}.self_attn.";
        Tensor q = x.matmul(Weight(model, at + "q_proj.weight").t()), k = x.matmul(Weight(model, at + "k_proj.weight").t());
        Tensor v = x.matmul(Weight(model, at + "v_proj.weight").t());
        if (normalises)
            (q, k) = (Norm(q, model, at + "q_norm", 1e-5), Norm(k, model, at + "k_norm", 1e-5));
        Tensor future = ones([x.shape[0], x.shape[0]], dtype: ScalarType.Bool).triu(1);
        List<Tensor> mixed = [];
        for (int head = 0; head < Heads; head++)
        {
            int group = head / (Heads / Groups);
            Tensor query = Turned(q.narrow(1, head * Width, Width)), key = Turned(k.narrow(1, group * Width, Width));
            Tensor scores = query.matmul(key.t()).DividedBy(Math.Sqrt(Width));
            Tensor weights = where(future, tensor(double.NegativeInfinity, ScalarType.Float64), scores).softmax(-1);
            mixed.Add(weights.matmul(v.narrow(1, group * Width, Width)));
        }
        return cat(mixed, 1).matmul(Weight(model, at + "o_proj.weight").t());

        Tensor Turned(Tensor head) => cos is null || sin is null ? head
            : (head * cos).Plus(cat([head.narrow(1, Width / 2, Width / 2).neg(), head.narrow(1, 0, Width / 2)], 1) * sin);
    }

    private static Tensor FeedForward(Tensor x, BaseModel model, int layer)
    {
        string at = $"layers.{layer}.mlp.";
        Tensor gate = x.matmul(Weight(model, at + "gate_proj.weight").t());
        return (gate * gate.sigmoid() * x.matmul(Weight(model, at + "up_proj.weight").t())).matmul(Weight(model, at + "down_proj.weight").t());
    }

    private static Tensor Norm(Tensor x, BaseModel model, string path, double epsilon)
    {
        Tensor square = (x * x).mean([-1], keepdim: true).Plus(epsilon);
        return x * square.rsqrt() * Weight(model, path + ".weight");
    }

    private static Tensor Weight(BaseModel model, string name) => model.FindParameter("model." + name)!.Value.to(ScalarType.Float64);
}
