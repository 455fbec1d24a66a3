using System.Text.Json.Nodes;
using PeftSharp.Adapters;
using PeftSharp.Methods.Bottleneck.Phm;

namespace PeftSharp.Methods.Bottleneck;

/// <summary>
/// Bottleneck adapters: a small two-layer network, <c>u = s · Up(f(Down(z)))</c>, behind the feed-forward part of each layer
/// and, if wanted, behind attention. HF PEFT has no such method; the names and defaults are those of AdapterHub's
/// <c>adapters</c> library, whose folders are read and written too. The presets are the usual designs.
/// </summary>
/// <example><code>
/// model.AddAdapter(BottleneckOptions.Pfeiffer with { ReductionFactor = 16 });
/// </code></example>
public sealed record BottleneckOptions : PeftOptions
{
    /// <summary>Behind the feed-forward part only, after its norm (Pfeiffer et al. 2020, arXiv:2005.00247); <c>seq_bn</c>.</summary>
    public static BottleneckOptions Pfeiffer { get; } = new();

    /// <summary>Behind attention and feed-forward, before their norms (Houlsby et al. 2019, arXiv:1902.00751); <c>double_seq_bn</c>.</summary>
    public static BottleneckOptions Houlsby { get; } = new() { AttentionAdapter = true, OriginalNormBefore = false, NonLinearity = "swish" };

    /// <summary>Beside the feed-forward part (He et al. 2021, arXiv:2110.04366); <c>par_bn</c>.</summary>
    public static BottleneckOptions Parallel { get; } = new()
    {
        IsParallel = true, OriginalNormBefore = false, ReductionFactor = 2, Scaling = BottleneckScaling.Of(4), InitWeights = BottleneckInit.Mam,
    };

    /// <summary>Houlsby's places with hypercomplex layers (Mahabadi et al. 2021, arXiv:2106.04647); <c>compacter</c>.</summary>
    public static BottleneckOptions Compacter { get; } = Houlsby with { Phm = new PhmOptions(), ReductionFactor = 32, NonLinearity = "gelu" };

    /// <summary>Pfeiffer's places with hypercomplex layers; <c>compacter++</c>.</summary>
    public static BottleneckOptions CompacterPlusPlus { get; } = new() { Phm = new PhmOptions(), ReductionFactor = 32, NonLinearity = "gelu" };

    /// <inheritdoc/>
    public override string PeftType => "BOTTLENECK";

    /// <summary>An adapter behind self-attention (<c>mh_adapter</c>).</summary>
    public bool AttentionAdapter { get; init; }

    /// <summary>An adapter behind the feed-forward part (<c>output_adapter</c>).</summary>
    public bool OutputAdapter { get; init; } = true;

    /// <summary>An adapter behind cross-attention (<c>cross_adapter</c>).</summary>
    public bool CrossAdapter { get; init; }

    /// <summary>Hidden width / bottleneck width (<c>reduction_factor</c>); below 1 the adapter is wider than the model.</summary>
    public double ReductionFactor { get; init; } = 16;

    /// <summary>Factors by layer number (as text), and <c>default</c> for the others; in place of <see cref="ReductionFactor"/>.</summary>
    public IReadOnlyDictionary<string, double> ReductionFactors { get; init; } = new Dictionary<string, double>();

    /// <summary>The bottleneck width itself (<c>bottleneck_size</c>), in place of a factor.</summary>
    public int? BottleneckSize { get; init; }

    /// <summary>f (<c>non_linearity</c>): relu, gelu, gelu_new, swish, tanh, leakyrelu, …</summary>
    public string NonLinearity { get; init; } = "relu";

    /// <summary>Biases of Down and Up (<c>add_bias</c>).</summary>
    public bool AddBias { get; init; } = true;

    /// <summary>The adapter's input is norm(h + x), not h (<c>original_ln_before</c>).</summary>
    public bool OriginalNormBefore { get; init; } = true;

    /// <summary>The output is norm(a + x), not a (<c>original_ln_after</c>).</summary>
    public bool OriginalNormAfter { get; init; } = true;

    /// <summary>A new norm in front of Down (<c>ln_before</c>).</summary>
    public bool NormBefore { get; init; }

    /// <summary>A new norm behind Up (<c>ln_after</c>).</summary>
    public bool NormAfter { get; init; }

    /// <summary>The new norm behind Up is over u + r, not u (<c>adapter_residual_before_ln</c>).</summary>
    public bool NormOverResidual { get; init; }

    /// <summary>What the adapter's output is added to (<c>residual_before_ln</c>).</summary>
    public BottleneckResidual Residual { get; init; }

    /// <summary>Beside the sub-layer, from its input x (<c>is_parallel</c>).</summary>
    public bool IsParallel { get; init; }

    /// <summary>s (<c>scaling</c>).</summary>
    public BottleneckScaling Scaling { get; init; } = BottleneckScaling.Of(1);

    /// <summary>Multiply u by a learned number from 0 to 1, one for each row of the batch (<c>use_gating</c>).</summary>
    public bool UseGating { get; init; }

    /// <summary>How Down and Up start (<c>init_weights</c>).</summary>
    public BottleneckInit InitWeights { get; init; }

    /// <summary>A seed of its own for the start values (<c>init_weights_seed</c>); null takes the run's.</summary>
    public long? InitSeed { get; init; }

    /// <summary>An invertible adapter behind the embeddings (<c>inv_adapter: nice</c>; Pfeiffer et al. 2020, arXiv:2005.00052).</summary>
    public bool InvertibleAdapter { get; init; }

    /// <summary>Half the width / the width inside the invertible adapter (<c>inv_adapter_reduction_factor</c>).</summary>
    public double? InvertibleReductionFactor { get; init; }

    /// <summary>The numbers of layers without an adapter (<c>leave_out</c>).</summary>
    public IReadOnlyList<int> LeaveOut { get; init; } = [];

    /// <summary>Dropout on u (<c>dropout</c>).</summary>
    public double Dropout { get; init; }

    /// <summary>The probability of leaving u out for a whole row of the batch in training (<c>stochastic_depth</c>).</summary>
    public double StochasticDepth { get; init; }

    /// <summary>Hypercomplex layers in place of Down and Up (<c>phm_layer</c>); null for ordinary ones.</summary>
    public PhmOptions? Phm { get; init; }

    /// <summary>A factor above the width gives one unit and no error, as in AdapterHub's folders.</summary>
    internal bool AtLeastOneUnit { get; init; }

    private protected override void Write(JsonObject json)
    {
        BottleneckConfigFile.Write(this, json);
        json["add_bias"] = AddBias;
        json["bottleneck_size"] = BottleneckSize;
        json["modules_to_save"] = ModulesToSave is null ? null : new JsonArray([.. ModulesToSave.Select(name => (JsonNode?)name)]);
    }
}

/// <summary>What a sequential adapter's output is added to.</summary>
public enum BottleneckResidual
{
    /// <summary>The sub-layer's output h (<c>true</c>).</summary>
    Hidden,

    /// <summary>The adapter's own input (<c>false</c>).</summary>
    Input,

    /// <summary>h + x before the pretrained norm (<c>"post_add"</c>); families with that norm only.</summary>
    PostAdd,
}

/// <summary>How Down and Up start; biases are 0.</summary>
public enum BottleneckInit
{
    /// <summary>Normal, deviation 0.02 (<c>bert</c>).</summary>
    Bert,

    /// <summary>Down uniform in ±1/√in, Up 0: the adapter starts as nothing (<c>mam_adapter</c>).</summary>
    Mam,

    /// <summary>Normal, deviation 0.01, cut at two deviations (<c>houlsby</c>).</summary>
    Houlsby,
}

/// <summary>The factor s of an adapter's output.</summary>
public readonly record struct BottleneckScaling
{
    private BottleneckScaling(string? learned, double number) => (Name, Number) = (learned, number);

    /// <summary>One number that trains, starting at 1 (<c>learned</c>).</summary>
    public static BottleneckScaling Learned { get; } = new("learned", 1);

    /// <summary>A number for each channel that trains, starting at 1 (<c>channel</c>).</summary>
    public static BottleneckScaling Channel { get; } = new("channel", 1);

    /// <summary>The word of a trained scaling, or null.</summary>
    internal string? Name { get; }

    /// <summary>The number where nothing trains.</summary>
    internal double Number { get; }

    /// <summary>A fixed number.</summary>
    public static BottleneckScaling Of(double number) => new(null, number);
}
