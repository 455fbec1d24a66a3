using System.Globalization;
using System.Text;
using PeftSharp.Text.Loading;

namespace PeftSharp.Text.Decoders;

/// <summary>Runs of byte tokens <c>&lt;0xNN&gt;</c> to text; a run that is no UTF-8 becomes as many U+FFFD as it has bytes.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ByteFallbackDecoder Read(JsonPart part)
    {
        part.AllowOnly("type");
        return new ByteFallbackDecoder();
    }

    public void Apply(List<string> tokens)
    {
        if (!tokens.Exists(token => TryReadByte(token, out _)))
            return;
        List<string> result = new(tokens.Count);
        List<byte> run = [];
        foreach (string token in tokens)
        {
            if (TryReadByte(token, out byte value))
            {
                run.Add(value);
                continue;
            }
            EndRun(run, result);
            result.Add(token);
        }
        EndRun(run, result);
        tokens.Clear();
        tokens.AddRange(result);
    }

    /// <summary>All but the bytes at the end: whether they are text is known when their run is over.</summary>
    public int CountStable(IReadOnlyList<string> tokens)
    {
        int stable = tokens.Count;
        while (stable > 0 && TryReadByte(tokens[stable - 1], out _))
            stable--;
        return stable;
    }

    private static void EndRun(List<byte> run, List<string> result)
    {
        if (run.Count == 0)
            return;
        try
        {
            result.Add(s_strict.GetString([.. run]));
        }
        catch (DecoderFallbackException)
        {
            // Not text: Hugging Face's library writes one mark for each byte.
            result.AddRange(Enumerable.Repeat("\uFFFD", run.Count));
        }
        run.Clear();
    }

    private static bool TryReadByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6
            && token.StartsWith("<0x", StringComparison.Ordinal)
            && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
