using System.Buffers.Binary;
using System.Text;

namespace PeftSharp.Text.Normalizers;

/// <summary>
/// The table of a <c>precompiled_charsmap</c>: the length in bytes of a double-array trie (Darts-clone), the trie in
/// 32-bit units, and the replacements, each ended by a zero byte, to which the trie's values point.
/// </summary>
internal sealed class CharsMap
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly uint[] _units;
    private readonly byte[] _replacements;
    private readonly string _where;

    private CharsMap(uint[] units, byte[] replacements, string where)
    {
        _units = units;
        _replacements = replacements;
        _where = where;
    }

    /// <param name="bytes">The whole table.</param>
    /// <param name="where">How errors call it.</param>
    public static CharsMap Read(ReadOnlySpan<byte> bytes, string where)
    {
        uint size = bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        if (size < 4 || size > bytes.Length - 4)
            throw new InvalidDataException($"{where}: the character map is cut off or no character map.");
        uint[] units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        // Two or three bytes too many in the length belong to the replacements, as in Hugging Face's reader.
        return new CharsMap(units, bytes[(4 + (4 * units.Length))..].ToArray(), where);
    }

    /// <summary>What is written for the shortest beginning of <paramref name="key"/> that the table has, or null if it has none.</summary>
    public string? Find(ReadOnlySpan<byte> key)
    {
        uint node = OffsetOf(At(0));
        foreach (byte value in key)
        {
            if (value == 0)
                return null;
            node ^= value;
            uint unit = At(node);
            if ((unit & ((1u << 31) | 0xFF)) != value)
                return null;
            node ^= OffsetOf(unit);
            if (((unit >> 8) & 1) == 1)
                return Replacement((int)(At(node) & int.MaxValue));
        }
        return null;
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private uint At(uint node) => node < _units.Length
        ? _units[node]
        : throw new InvalidDataException($"{_where}: the character map's trie points outside itself.");

    private string Replacement(int start)
    {
        if (start > _replacements.Length)
            throw new InvalidDataException($"{_where}: the character map points behind its replacements.");
        ReadOnlySpan<byte> rest = _replacements.AsSpan(start);
        int end = rest.IndexOf((byte)0);
        try
        {
            return s_strict.GetString(end < 0 ? rest : rest[..end]);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{_where}: a replacement of the character map is no UTF-8.", e);
        }
    }
}
