namespace PeftSharp.Methods.Bottleneck.Phm;

/// <summary>
/// Parametrised hypercomplex layers: a weight that is a sum of n Kronecker products, <c>M = Σᵢ Aᵢ ⊗ Wᵢ</c>, with Aᵢ (n, n) and
/// Wᵢ (in/n, out/n) (Mahabadi et al. 2021, arXiv:2106.04647).
/// </summary>
public sealed record PhmOptions
{
    /// <summary>n (<c>phm_dim</c>); hidden and bottleneck width must be multiples of it.</summary>
    public int Dim { get; init; } = 4;

    /// <summary>The rank of Wᵢ where it is factorised (<c>phm_rank</c>).</summary>
    public int Rank { get; init; } = 1;

    /// <summary>Wᵢ as a product of two factors (<c>factorized_phm_W</c>).</summary>
    public bool FactorizedW { get; init; } = true;

    /// <summary>One W for all adapters (<c>shared_W_phm</c>).</summary>
    public bool SharedW { get; init; }

    /// <summary>One A for all adapters (<c>shared_phm_rule</c>).</summary>
    public bool SharedRule { get; init; } = true;

    /// <summary>Aᵢ as a product of a column and a row (<c>factorized_phm_rule</c>).</summary>
    public bool FactorizedRule { get; init; }

    /// <summary>Whether A trains (<c>learn_phm</c>).</summary>
    public bool LearnRule { get; init; } = true;

    /// <summary>Whether A starts uniform rather than normal (<c>phm_c_init: uniform</c>).</summary>
    public bool UniformRule { get; init; }

    /// <summary>The deviation of a shared A's start values (<c>phm_init_range</c>).</summary>
    public double InitRange { get; init; } = 0.0001;

    /// <summary>The word for how W starts (<c>hypercomplex_nonlinearity</c>); whatever it says, W starts Glorot-normal, as in AdapterHub.</summary>
    public string WInit { get; init; } = "glorot-uniform";

    /// <summary>A bias (<c>phm_bias</c>).</summary>
    public bool Bias { get; init; } = true;
}
