using PeftSharp.Adapters;
using PeftSharp.IO;
using PeftSharp.Kernels;
using PeftSharp.Methods.Bottleneck;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.HubLora;

/// <summary>Plugs AdapterHub's LoRA, (IA)³ and VeRA into linear layers.</summary>
internal sealed class HubLoraMethod : IPeftMethod
{
    public string PeftType => "HUB_LORA";

    public IReadOnlyList<OptionKey> Keys => HubLoraKeys.All;

    public PeftOptions Read(JsonSettings settings) => HubLoraOptions.Read(settings);

    public void Build(AdapterBuilder builder, PeftOptions options)
    {
        HubLoraOptions own = (HubLoraOptions)options;
        Linear[] targets = [.. Targets(builder.Model, own)];
        if (targets.Length == 0)
        {
            builder.MeetWithoutEffect("selfattn_lora, intermediate_lora, output_lora, attn_matrices and leave_out as given select no layer", "set one of the first three");
            return;
        }
        if (own.Scales && own.IsVera)
            throw new PeftException("composition_mode scale and init_weights vera exclude each other; choose one.");
        IReadOnlyList<Tensor>? shared = own.IsVera ? Shared(builder, own, targets) : null;
        foreach (Linear target in targets)
            Plug(builder, own, target, shared);
    }

    /// <summary>The error for a merge that would depend on the input.</summary>
    internal static void RefuseGate(TrainedGate? gate)
    {
        if (gate is not null)
            throw new PeftException("use_gating makes the update depend on the input, so it cannot be merged into the weight; keep the adapter beside the model.");
    }

    private static IEnumerable<Linear> Targets(BaseModel model, HubLoraOptions options)
    {
        ModuleRoles roles = model.Roles;
        List<string> endings = [];
        if (options.Attention)
            foreach (string matrix in options.AttentionMatrices)
                endings.Add(matrix switch
                {
                    "q" => $".{roles.Query}",
                    "k" => $".{roles.Key}",
                    "v" => $".{roles.Value}",
                    _ => throw new PeftException($"attn_matrices has '{matrix}'; it is made of q, k and v."),
                });
        if (options.Intermediate)
            endings.Add(roles.HubIntermediate);
        if (options.Output)
            endings.Add(roles.HubOutput);
        HashSet<string> leftOut = [.. model.Nodes.OfType<StreamPoint>().Where(point => point.Layer is { } layer && options.LeaveOut.Contains(layer)).Select(point => $"{point.Path}.")];
        return model.Nodes.OfType<Linear>().Where(node =>
            endings.Any(ending => PythonRegex.FullMatch($@".*\.\d+\.(.*\.)?{ending.TrimStart('.').Replace(".", @"\.", StringComparison.Ordinal)}", node.Path)
                && (ending != roles.HubOutput || !node.Path.Contains(".attention.", StringComparison.Ordinal)))
            && !leftOut.Any(path => node.Path.StartsWith(path, StringComparison.Ordinal)));
    }

    private static void Plug(AdapterBuilder builder, HubLoraOptions options, Linear node, IReadOnlyList<Tensor>? shared)
    {
        string path = $"{node.Path}.loras";
        Device device = builder.Model.Device;
        (long wide, long narrow) = (node.OutFeatures, node.InFeatures);
        TrainedGate? gate = options.UseGating
            ? new TrainedGate(
                builder.Train($"{path}.gate.weight", randn([1, narrow], generator: builder.Random).Times(0.02).to(device)),
                builder.Train($"{path}.gate.bias", zeros([1], device: device)))
            : null;
        if (options.Scales)
        {
            if (options.R != 1)
                throw new PeftException($"composition_mode scale multiplies with one vector, so r is 1 and not {options.R}.");
            builder.Plug(node, new HubScaleTuner(options, builder.Train($"{path}.lora_B", ones([wide, 1], device: device)), gate));
            return;
        }
        builder.Plug(node, new HubLoraTuner(options, shared is null ? Own() : Vera(shared), gate));

        Tensor[] Own()
        {
            double bound = 1 / Math.Sqrt(narrow);
            builder.Expect($"{path}.lora_A", options.R, narrow);
            builder.Expect($"{path}.lora_B", wide, options.R);
            Tensor a = options.InitWeights == "bert"
                ? randn([options.R, narrow], generator: builder.Random).Times(0.02)
                : rand([options.R, narrow], generator: builder.Random).Plus(-0.5).Times(2 * bound);
            Tensor b = options.InitWeights == "bert" ? randn([wide, options.R], generator: builder.Random).Times(0.02) : zeros([wide, options.R]);
            return [builder.Train($"{path}.lora_A", a.to(device)), builder.Train($"{path}.lora_B", b.to(device))];
        }

        Tensor[] Vera(IReadOnlyList<Tensor> frozen) =>
        [
            frozen[0],
            builder.Train($"{path}.vera_D", eye(options.R, device: device).Times(options.VeraD ?? 0.1)),
            frozen[1],
            builder.Train($"{path}.vera_B", eye(wide, device: device).Times(options.VeraB ?? 0)),
        ];
    }

    /// <summary>VeRA's frozen A (r, in) and B (out, r), one pair for all layers.</summary>
    private static Tensor[] Shared(AdapterBuilder builder, HubLoraOptions options, Linear[] targets)
    {
        (long wide, long narrow) = (targets[0].OutFeatures, targets[0].InFeatures);
        foreach (Linear target in targets)
            if (target.OutFeatures != wide || target.InFeatures != narrow)
                throw new PeftException($"VeRA shares A and B between layers of one shape, and '{targets[0].Path}' and '{target.Path}' differ; choose fewer of them.");
        string path = $"{builder.Model.BackbonePrefix}shared_parameters";
        builder.Expect($"{path}.lora_A", options.R, narrow);
        builder.Expect($"{path}.lora_B", wide, options.R);
        foreach (Linear target in targets)
            builder.Expect($"{target.Path}.loras.vera_D", options.R, options.R);
        return
        [
            builder.Store($"{path}.lora_A", Kaiming(options.R, narrow)),
            builder.Store($"{path}.lora_B", Kaiming(wide, options.R)),
        ];

        Tensor Kaiming(long rows, long columns) =>
            rand([rows, columns], generator: builder.Random).Plus(-0.5).Times(2 * Math.Sqrt(3.0 / columns)).to(builder.Model.Device);
    }
}
