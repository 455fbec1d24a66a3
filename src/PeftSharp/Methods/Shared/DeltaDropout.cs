using PeftSharp.Kernels;
using PeftSharp.Models;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Shared;

/// <summary>The dropout of LyCORIS' methods: of rows of the update, and of the update as a whole.</summary>
/// <param name="Rank">The probability of dropping a row (<c>rank_dropout</c>).</param>
/// <param name="Module">The probability of leaving the update out (<c>module_dropout</c>).</param>
/// <param name="Rescales">True to divide the rows that are left by their share.</param>
internal readonly record struct DeltaDropout(double Rank, double Module, bool Rescales)
{
    /// <summary>True where this call leaves the update out.</summary>
    public bool SkipsModule(Pass pass)
    {
        if (!pass.Training || Module <= 0)
            return false;
        using Tensor draw = Draws.Uniform(1);
        return draw.item<float>() <= Module;
    }

    /// <summary>One factor for each of so many outputs, or null where nothing is dropped.</summary>
    public Tensor? Rows(Pass pass, long outputs, Tensor like)
    {
        if (!pass.Training || Rank <= 0)
            return null;
        Tensor kept = Draws.Uniform(outputs).NotBelow(Rank).to(ScalarType.Float32);
        return (Rescales ? kept.div(kept.mean()) : kept).to(like.dtype, like.device);
    }

    /// <summary>Checks the probabilities.</summary>
    public void Validate()
    {
        Require.Probability("rank_dropout", Rank);
        Require.Probability("module_dropout", Module);
    }
}
