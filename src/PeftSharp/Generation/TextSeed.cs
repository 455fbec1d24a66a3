namespace PeftSharp.Generation;

/// <summary>The seed of a text: the caller's, or one drawn where there is none.</summary>
internal static class TextSeed
{
    public static ulong Of(GenerationOptions options) => options.Seed ?? (ulong)Random.Shared.NextInt64();
}
