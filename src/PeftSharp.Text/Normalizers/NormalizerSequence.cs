using PeftSharp.Text.Loading;
using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.Normalizers;

/// <summary>Normalizers one after another.</summary>
internal sealed class NormalizerSequence : INormalizer
{
    private readonly INormalizer[] _normalizers;

    public NormalizerSequence(INormalizer[] normalizers) => _normalizers = normalizers;

    public static NormalizerSequence Read(JsonPart part) => new(Components.Normalizers.ReadList(part, "normalizers"));

    public void Apply(NormalizedText text)
    {
        foreach (INormalizer normalizer in _normalizers)
            normalizer.Apply(text);
    }
}
