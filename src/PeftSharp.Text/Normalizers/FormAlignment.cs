using System.Buffers;
using System.Text;

namespace PeftSharp.Text.Normalizers;

/// <summary>
/// Finds how normalized characters stand to the characters they came from. Each source character is decomposed alone (its
/// first part has the change 0, further parts +1); the normalized text, decomposed, is the same parts with marks put in
/// canonical order; a composed character sums the changes of its n parts, less n − 1.
/// </summary>
internal static class FormAlignment
{
    /// <summary>Marks beyond this distance are taken in order: nothing but a made-up text has so many on one letter.</summary>
    private const int MaxReach = 64;

    public static void CountChanges(RuneList sources, RuneList result, NormalizationForm form, int[] changes)
    {
        Decompositions decompositions = Decompositions.For(form);
        PartList parts = new();
        for (int i = 0; i < sources.Count; i++)
        {
            int index = 0;
            foreach (Rune part in decompositions.Of(sources[i]).EnumerateRunes())
                parts.Add(part, index++ == 0 ? 0 : 1);
        }
        for (int i = 0; i < result.Count; i++)
        {
            int change = 0, count = 0;
            foreach (Rune part in decompositions.Of(result[i]).EnumerateRunes())
            {
                change += parts.Take(part);
                count++;
            }
            changes[i] = change - (count - 1);
        }
        parts.Return();
    }

    /// <summary>Parts in source order, taken in canonical order.</summary>
    private struct PartList
    {
        private (int Value, int Change)[] _parts = ArrayPool<(int, int)>.Shared.Rent(64);
        private int _count;
        private int _first;

        public PartList()
        {
        }

        public void Add(Rune part, int change)
        {
            if (_count == _parts.Length)
            {
                (int, int)[] larger = ArrayPool<(int, int)>.Shared.Rent(_count * 2);
                _parts.CopyTo(larger, 0);
                ArrayPool<(int, int)>.Shared.Return(_parts);
                _parts = larger;
            }
            _parts[_count++] = (part.Value, change);
        }

        /// <summary>Removes the first part of that value within reach and gives its change.</summary>
        public int Take(Rune part)
        {
            const int Taken = -1;
            while (_first < _count && _parts[_first].Value == Taken)
                _first++;
            int limit = Math.Min(_count, _first + MaxReach);
            for (int i = _first; i < limit; i++)
            {
                if (_parts[i].Value != part.Value)
                    continue;
                _parts[i].Value = Taken;
                return _parts[i].Change;
            }
            return _first < _count ? _parts[_first++].Change : 0;
        }

        public readonly void Return() => ArrayPool<(int, int)>.Shared.Return(_parts);
    }
}
