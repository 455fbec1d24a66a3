namespace PeftSharp.Generation.Sampling;

/// <summary>Finds the k-th highest of many scores in one pass; what is equal to it counts as among the highest.</summary>
internal sealed class HighestK(int k)
{
    // The k highest so far, as a heap with the lowest of them in front.
    private readonly float[] _heap = new float[k];

    public float Lowest(ReadOnlySpan<float> scores)
    {
        scores[.._heap.Length].CopyTo(_heap);
        Array.Sort(_heap);
        foreach (float score in scores[_heap.Length..])
            if (score > _heap[0])
                ReplaceLowest(score);
        return _heap[0];
    }

    private void ReplaceLowest(float score)
    {
        int at = 0;
        for (int child = 1; child < _heap.Length; child = 2 * at + 1)
        {
            if (child + 1 < _heap.Length && _heap[child + 1] < _heap[child])
                child++;
            if (_heap[child] >= score)
                break;
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = score;
    }
}
