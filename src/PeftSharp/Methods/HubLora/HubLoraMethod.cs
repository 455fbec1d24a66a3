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
        if (options.Attention && roles.Query == roles.Key && !roles.JoinsQueryKeyValue)
            throw new PeftException($"selfattn_lora adapts queries, keys and values each for itself, and '{roles.Query}' of this model makes them head by head; use LORA with target_modules [\"{roles.Query}\"].");
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
        JoinedRows? rows = RowsOf(builder.Model, options, node);
        int gates = rows?.Chosen.Count ?? 1;
        TrainedGate? gate = options.UseGating
            ? new TrainedGate(
                builder.Train($"{path}.gate.weight", randn([gates, narrow], generator: builder.Random).Times(0.02).to(device)),
                builder.Train($"{path}.gate.bias", zeros([gates], device: device)))
            : null;
        wide = rows?.Count ?? wide;
        if (options.Scales)
        {
            if (options.R != 1)
                throw new PeftException($"composition_mode scale multiplies with one vector, so r is 1 and not {options.R}.");
            Tensor scale = builder.Train($"{path}.lora_B", ones([wide, 1], device: device));
            builder.Plug(node, rows is null ? new HubScaleTuner(options, scale, gate) : new HubJoinedScaleTuner(options, scale, rows, gate));
            return;
        }
        if (rows is not null)
        {
            if (shared is not null)
                throw new PeftException($"VeRA is not for '{node.Path}', which makes queries, keys and values in one product; use VERA with target_modules [\"{node.Name}\"].");
            Tensor[] factors = Own(rows.Chosen.Count);
            builder.Plug(node, new HubJoinedLoraTuner(options, factors[0], factors[1], rows, gate));
            return;
        }
        builder.Plug(node, new HubLoraTuner(options, shared is null ? Own(1) : Vera(shared), gate));

        Tensor[] Own(int matrices)
        {
            double bound = 1 / Math.Sqrt(narrow);
            long rank = (long)options.R * matrices;
            builder.Expect($"{path}.lora_A", rank, narrow);
            builder.Expect($"{path}.lora_B", wide, options.R);
            Tensor a = options.InitWeights == "bert"
                ? randn([rank, narrow], generator: builder.Random).Times(0.02)
                : rand([rank, narrow], generator: builder.Random).Plus(-0.5).Times(2 * bound);
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

    /// <summary>The rows of the chosen ones of queries, keys and values, where one product makes all three; else null.</summary>
    private static JoinedRows? RowsOf(BaseModel model, HubLoraOptions options, Linear node)
    {
        if (!model.Roles.JoinsQueryKeyValue || node.Name != model.Roles.Query)
            return null;
        AttentionShape shape = model.Attention;
        long own = (long)shape.Heads * shape.HeadWidth, shared = (long)shape.KeyValueHeads * shape.HeadWidth;
        (string Name, long First, long Count)[] all = [("q", 0, own), ("k", own, shared), ("v", own + shared, shared)];
        return new([.. all.Where(part => options.AttentionMatrices.Contains(part.Name)).Select(part => (part.First, part.Count))], node.OutFeatures);
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
