using PeftSharp.Adapters;

namespace PeftSharp.Methods.Lora.Converting;

/// <summary>An adapter that was rewritten as LoRA, and what was lost.</summary>
/// <param name="Adapter">The LoRA adapter, of scale 1.</param>
/// <param name="Modules">Each module, in the order of the model.</param>
/// <param name="RelativeError">‖Δ − BA‖ / ‖Δ‖ over all modules together (Frobenius).</param>
public sealed record LoraConversion(Adapter Adapter, IReadOnlyList<ConvertedModule> Modules, double RelativeError);

/// <summary>One module of a conversion.</summary>
/// <param name="Path">The module.</param>
/// <param name="Rank">The rank it got.</param>
/// <param name="UpdateNorm">‖Δ‖ (Frobenius) of the adapter's update.</param>
/// <param name="RelativeError">‖Δ − BA‖ / ‖Δ‖; 0 for an update of 0.</param>
public sealed record ConvertedModule(string Path, int Rank, double UpdateNorm, double RelativeError);
