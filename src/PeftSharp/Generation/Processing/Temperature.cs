namespace PeftSharp.Generation.Processing;

/// <summary>Divides all scores (<c>temperature</c>).</summary>
internal sealed class Temperature(double temperature) : ILogitsProcessor
{
    private readonly float _temperature = (float)temperature;

    public void Process(in GrowingText text, Span<float> scores)
    {
        foreach (ref float score in scores)
            score /= _temperature;
    }
}
