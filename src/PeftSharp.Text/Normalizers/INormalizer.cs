using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Normalizers;

/// <summary>One step of normalization. Stateless and safe for many threads; all state is in the text.</summary>
internal interface INormalizer
{
    void Apply(NormalizedText text);
}
