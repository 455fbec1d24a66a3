namespace PeftSharp.Inference.Embedding;

/// <summary>How the states of tokens become one vector.</summary>
internal enum PoolingMode
{
    FirstToken,
    Max,
    Mean,
    MeanSqrtLength,
    WeightedMean,
    LastToken,
}
