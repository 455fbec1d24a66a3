using PeftSharp.Kernels;
using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Vera;

/// <summary>Plugs VeRA into linear layers.</summary>
internal sealed class VeraMethod : IPeftMethod
{
    /// <summary>HF's word for the biases of the adapted modules.</summary>
    internal const string OnlyWord = "vera_only";

    public string PeftType => "VERA";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("vera_dropout", "0", "probability of dropping an input of the update in training (VERA)"),
        new("d_initial", "0.1", "start of the trained vector between the projections (VERA)"),
        new("projection_prng_key", "0", "seed of the shared random projections (VERA)"),
        new("save_projection", "true", "save the shared projections too; false draws them again from the seed (VERA)"),
    ];

    public PeftOptions Read(JsonSettings settings)
    {
        settings.Flag("fan_in_fan_out", false);
        return LayerTargetedOptions.ReadLayers(settings, new VeraOptions
        {
            R = settings.Size("r", 256),
            ProjectionPrngKey = settings.Number("projection_prng_key", 0) is var key && key == Math.Floor(key)
                ? (long)key
                : throw settings.Wrong("projection_prng_key", "a whole number"),
            SaveProjection = settings.Flag("save_projection", true),
            VeraDropout = settings.Probability("vera_dropout", 0),
            DInitial = settings.Number("d_initial", 0.1),
            Bias = BiasTraining.Read(settings, OnlyWord),
            InitWeights = settings.Flag("init_weights", true),
        });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options) => MethodTargets.OfFamily(model, (VeraOptions)options);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        VeraOptions own = (VeraOptions)options;
        Require.Rank(own.R);
        Require.Probability("vera_dropout", own.VeraDropout);
        IReadOnlyList<Linear> targets = MethodTargets.Linears(builder, own);
        foreach (Linear node in targets)
            builder.Expect($"{node.Path}.vera_lambda_d", own.R);
        (Tensor a, Tensor b) = Projections(builder, own, targets);
        foreach (Linear node in targets)
        {
            using var scope = NewDisposeScope();
            Device device = node.Weight.Value.device;
            Tensor b0 = own.InitWeights ? zeros([node.OutFeatures]) : ones([node.OutFeatures]);
            Tensor d0 = own.InitWeights ? zeros([own.R]).PlusInPlace(own.DInitial) : InitialValues.Normal(builder.Random, 1, own.R);
            Tensor lambdaB = builder.Train($"{node.Path}.vera_lambda_b", b0.to(device));
            Tensor lambdaD = builder.Train($"{node.Path}.vera_lambda_d", d0.to(device));
            builder.Plug(node, new VeraLinear(node, a, b, lambdaB, lambdaD, own.VeraDropout));
        }
        BiasTraining.Plug(builder, targets, own.Bias);
    }

    /// <summary>A and B as wide as the widest layer, drawn from the seed one after the other.</summary>
    private static (Tensor A, Tensor B) Projections(AdapterBuilder builder, VeraOptions options, IReadOnlyList<Linear> targets)
    {
        const string KeyOfA = "base_model.vera_A", KeyOfB = "base_model.vera_B";
        using Generator random = new((ulong)options.ProjectionPrngKey);
        (long inputs, long outputs) = (targets.Max(node => node.InFeatures), targets.Max(node => node.OutFeatures));
        if (options.SaveProjection)
        {
            builder.ExpectOwn(KeyOfA, options.R, inputs);
            builder.ExpectOwn(KeyOfB, outputs, options.R);
        }
        Tensor a = Draw(random, options.R, inputs, builder.Model.Device);
        Tensor b = Draw(random, outputs, options.R, builder.Model.Device);
        return options.SaveProjection
            ? (builder.SaveFrozen(KeyOfA, a), builder.SaveFrozen(KeyOfB, b))
            : (builder.Own(a), builder.Own(b));
    }

    /// <summary>Kaiming-uniform: within ±√3 · √2 / √columns.</summary>
    private static Tensor Draw(Generator random, long rows, long columns, Device device)
    {
        using var scope = NewDisposeScope();
        double bound = Math.Sqrt(3) * (Math.Sqrt(2) / Math.Sqrt(columns));
        return empty([rows, columns]).uniform_(-bound, bound, random).to(device).MoveToOuterDisposeScope();
    }
}
