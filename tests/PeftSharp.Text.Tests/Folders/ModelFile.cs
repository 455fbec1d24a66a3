using PeftSharp.Text.SentencePiece;

namespace PeftSharp.Text.Tests.Folders;

/// <summary>Writes SentencePiece models of a few pieces.</summary>
internal static class ModelFile
{
    /// <param name="kind">1 is unigram, 2 BPE.</param>
    public static byte[] Of(int kind, int unknown, bool byteFallback, params (string Text, float Score, PieceKind Kind)[] pieces) =>
    [
        .. pieces.SelectMany(p => Field(1, [.. Field(1, System.Text.Encoding.UTF8.GetBytes(p.Text)), .. Float(2, p.Score), .. Number(3, (ulong)p.Kind)])),
        .. Field(2, [.. Number(3, (ulong)kind), .. Number(35, byteFallback ? 1u : 0u), .. Number(40, (ulong)unknown)]),
    ];

    public static byte[] Field(int field, byte[] content) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    public static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    public static byte[] Float(int field, float value) => [.. Varint(((ulong)field << 3) | 5), .. BitConverter.GetBytes(value)];

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
