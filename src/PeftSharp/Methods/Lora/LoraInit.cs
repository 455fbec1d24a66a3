namespace PeftSharp.Methods.Lora;

/// <summary>How A and B start (<c>init_lora_weights</c>); what a trained folder says of it tells how its training began.</summary>
public readonly record struct LoraInit
{
    private LoraInit(LoraInitKind kind, int iterations = 0) => (Kind, Iterations) = (kind, iterations);

    /// <summary>A uniform (Kaiming, a = √5), B zero: the adapter starts as nothing (<c>true</c>).</summary>
    public static LoraInit Default { get; } = new(LoraInitKind.Kaiming);

    /// <summary>A normal with deviation 1/r, B zero (<c>"gaussian"</c>).</summary>
    public static LoraInit Gaussian { get; } = new(LoraInitKind.Gaussian);

    /// <summary>A and B random (<c>false</c>); for tests.</summary>
    public static LoraInit Random { get; } = new(LoraInitKind.Random);

    /// <summary>A and B from the largest singular vectors, taken off the base (<c>"pissa"</c>; Meng et al. 2024, arXiv:2404.02948).</summary>
    public static LoraInit Pissa { get; } = new(LoraInitKind.Pissa);

    /// <summary>A and B from the weight's QR decomposition, taken off the base (<c>"olora"</c>; Büyükakyüz 2024, arXiv:2406.01775).</summary>
    public static LoraInit Olora { get; } = new(LoraInitKind.Olora);

    /// <summary>A and B random and orthogonal to each other, so that B A starts as 0; r must be even (<c>"orthogonal"</c>).</summary>
    public static LoraInit Orthogonal { get; } = new(LoraInitKind.Orthogonal);

    internal LoraInitKind Kind { get; }

    /// <summary>Subspace iterations of the approximate decomposition; 0 decomposes exactly.</summary>
    internal int Iterations { get; }

    /// <summary>True where a part of the base's weights is taken off, and B A starts as that part.</summary>
    internal bool TakesFromBase => Kind is LoraInitKind.Pissa or LoraInitKind.Olora;

    /// <summary>True where the decomposition is drawn at random, so that no file can say which it was.</summary>
    internal bool IsDrawnFromBase => Kind == LoraInitKind.Pissa && Iterations > 0;

    /// <summary>PiSSA with an approximate decomposition of so many subspace iterations (<c>"pissa_niter_16"</c>).</summary>
    public static LoraInit PissaWithIterations(int iterations) => new(LoraInitKind.Pissa, iterations);

    /// <summary>A kind without settings.</summary>
    internal static LoraInit Of(LoraInitKind kind) => new(kind);
}

/// <summary>The kinds of <see cref="LoraInit"/>; those from <see cref="Eva"/> on are known of trained folders only.</summary>
internal enum LoraInitKind
{
    Kaiming,
    Gaussian,
    Random,
    Pissa,
    Olora,
    Orthogonal,
    Eva,
    LoftQ,
    LoraGa,
    Corda,
    Mica,
}
