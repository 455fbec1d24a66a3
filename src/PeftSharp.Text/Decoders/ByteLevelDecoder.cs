using PeftSharp.Text.Loading;
using PeftSharp.Text.Unicode;

namespace PeftSharp.Text.Decoders;

/// <summary>Byte glyphs back to bytes and these to text; bytes that are no UTF-8 become U+FFFD.</summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    public static ByteLevelDecoder Read(JsonPart part)
    {
        ByteLevelOptions.Read(part);
        return new ByteLevelDecoder();
    }

    public void Apply(List<string> tokens)
    {
        List<byte> bytes = [];
        foreach (string token in tokens)
            ByteGlyphs.AppendBytes(token, bytes);
        tokens.Clear();
        tokens.Add(System.Text.Encoding.UTF8.GetString([.. bytes]));
    }

    /// <summary>All but the last tokens from the one that holds the beginning of an incomplete character.</summary>
    public int CountStable(IReadOnlyList<string> tokens)
    {
        int stable = tokens.Count;
        List<byte> tail = [], token = [];
        while (stable > 0)
        {
            tail.Clear();
            for (int i = stable - 1; i >= 0 && tail.Count < 3; i--)
                tail.InsertRange(0, BytesOf(tokens[i], token));
            int open = Utf8Tail.CountOpenBytes(tail);
            if (open == 0)
                return stable;
            while (open > 0)
                open -= BytesOf(tokens[--stable], token).Count;
        }
        return stable;
    }

    private static List<byte> BytesOf(string token, List<byte> buffer)
    {
        buffer.Clear();
        ByteGlyphs.AppendBytes(token, buffer);
        return buffer;
    }
}
