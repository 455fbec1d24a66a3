using static TorchSharp.torch;

namespace PeftSharp.Models.Nodes;

/// <summary>A normalisation over the last dimension, whichever kind a family has.</summary>
internal interface INorm
{
    /// <summary>Normalises <paramref name="x"/>, (…, width).</summary>
    Tensor Forward(Tensor x, Pass pass);
}
