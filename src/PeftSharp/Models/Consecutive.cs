using System.Collections;

namespace PeftSharp.Models;

/// <summary>The numbers from 0 on, without a list of them: their count may be a file's, and the file absurd.</summary>
internal sealed class Consecutive(int count) : IReadOnlyList<int>
{
    public int Count => count;

    public int this[int index] => index >= 0 && index < count ? index : throw new ArgumentOutOfRangeException(nameof(index));

    public IEnumerator<int> GetEnumerator() => Enumerable.Range(0, count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
