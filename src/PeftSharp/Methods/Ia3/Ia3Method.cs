using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Methods.Shared;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Ia3;

/// <summary>Plugs (IA)³ into linear layers.</summary>
internal sealed class Ia3Method : IPeftMethod
{
    public string PeftType => "IA3";

    public IReadOnlyList<OptionKey> Keys =>
    [
        new("feedforward_modules", null, "targets whose input is scaled, not the output (IA3); unset: the last feed-forward projection", IsList: true),
        new("init_ia3_weights", "true", "start as nothing (IA3)"),
    ];

    public PeftOptions Read(JsonSettings settings)
    {
        settings.Flag("fan_in_fan_out", false);
        return TargetedOptions.ReadTargets(settings, new Ia3Options
        {
            FeedForwardModules = TargetModules.Read(settings, "feedforward_modules"),
            InitWeights = settings.Flag("init_ia3_weights", true),
        });
    }

    public PeftOptions Resolve(BaseModel model, PeftOptions options)
    {
        Ia3Options own = (Ia3Options)options;
        ModuleRoles roles = model.Roles;
        RequireSubset(own);
        return own with
        {
            TargetModules = own.TargetModules ?? TargetModules.Of([.. roles.Ia3Targets]),
            FeedForwardModules = own.FeedForwardModules ?? TargetModules.Of(roles.FeedForwardOut),
        };
    }

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        Ia3Options own = (Ia3Options)options;
        foreach (Linear node in MethodTargets.Linears(builder, own))
        {
            using var scope = NewDisposeScope();
            bool scalesInput = IsFeedForward(own.FeedForwardModules!, node.Path);
            long[] shape = scalesInput ? [1, node.InFeatures] : [node.OutFeatures, 1];
            Tensor start = own.InitWeights ? ones(shape) : InitialValues.Normal(builder.Random, 1, shape);
            builder.Plug(node, new Ia3Linear(builder.Train($"{node.Path}.ia3_l", start.to(node.Weight.Value.device)), scalesInput));
        }
    }

    /// <summary>HF takes any ending of the path here, not only whole names.</summary>
    private static bool IsFeedForward(TargetModules modules, string path) =>
        modules.Names is { } names ? names.Any(name => path.EndsWith(name, StringComparison.Ordinal)) : modules.Matches(path);

    private static void RequireSubset(Ia3Options options)
    {
        if (options is { TargetModules.Names: { } targets, FeedForwardModules.Names: { } inner }
            && inner.FirstOrDefault(name => !targets.Contains(name)) is { } stray)
            throw new PeftException($"feedforward_modules names '{stray}', which is not in target_modules ({string.Join(", ", targets)}); add it there.");
    }
}
