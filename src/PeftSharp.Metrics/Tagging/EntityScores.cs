namespace PeftSharp.Metrics;

/// <summary>
/// Precision, recall and F1 of entities, counted sentence after sentence: an entity is right if its type, first and last
/// token are. Values are those of seqeval.
/// </summary>
/// <param name="scheme">What the prefixes of the tags mean.</param>
public sealed class EntityScores(TagScheme scheme = TagScheme.Lenient)
{
    private readonly SortedDictionary<string, BinaryCounts> _types = new(StringComparer.Ordinal);
    private long _rightTags, _tags;

    /// <summary>The counts of every type that was predicted or actual.</summary>
    public IReadOnlyDictionary<string, BinaryCounts> Types => _types;

    /// <summary>Right tags among all, O included; NaN without tokens.</summary>
    public double TokenAccuracy => _rightTags / (double)_tags;

    /// <summary>The F1 over all entities, which is what is meant by "F1" of a tagger.</summary>
    public double F1 => Average(Averaging.Micro).F1;

    /// <summary>Counts one sentence.</summary>
    /// <param name="predicted">One tag a word.</param>
    /// <param name="actual">As many.</param>
    /// <exception cref="ArgumentException">The numbers of tags differ; a tag is empty or not of the scheme.</exception>
    public void Add(IReadOnlyList<string> predicted, IReadOnlyList<string> actual)
    {
        if (predicted.Count != actual.Count)
            throw new ArgumentException($"{predicted.Count} predicted tags for {actual.Count} words.");
        IReadOnlyList<Entity> guesses = Entities.Find(predicted, scheme), truths = Entities.Find(actual, scheme);
        for (int i = 0; i < actual.Count; i++)
            _rightTags += predicted[i] == actual[i] ? 1 : 0;
        _tags += actual.Count;

        HashSet<Entity> right = [.. truths];
        right.IntersectWith(guesses);
        foreach (Entity guess in guesses)
            Count(guess.Type, right.Contains(guess) ? new(1, 0, 0) : new(0, 1, 0));
        foreach (Entity truth in truths)
            if (!right.Contains(truth))
                Count(truth.Type, new(0, 0, 1));
    }

    /// <summary>Precision, recall and F1 of all types as one; the macro average of no types is NaN.</summary>
    public ClassScores Average(Averaging averaging, double zeroDivision = 0) => BinaryCounts.Average(_types.Values, averaging, zeroDivision);

    private void Count(string type, BinaryCounts one)
    {
        _types.TryGetValue(type, out BinaryCounts old);
        _types[type] = new(
            old.TruePositives + one.TruePositives, old.FalsePositives + one.FalsePositives, old.FalseNegatives + one.FalseNegatives);
    }
}
