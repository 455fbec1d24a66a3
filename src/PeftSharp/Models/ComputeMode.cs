namespace PeftSharp.Models;

/// <summary>How the products with frozen weights are computed.</summary>
public enum ComputeMode
{
    /// <summary>In the dtype of the model, by the fastest way that the machine has.</summary>
    Auto,

    /// <summary>
    /// In int8, forward and backward: a scale for each row of the inputs and for each output, columns with outliers in the
    /// dtype of the model (LLM.int8(), arXiv:2208.07339). Faster, and not exact.
    /// </summary>
    Int8,
}
