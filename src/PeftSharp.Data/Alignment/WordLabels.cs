namespace PeftSharp.Data;

/// <summary>Between the labels of words and those of their tokens (token classification).</summary>
public static class WordLabels
{
    /// <summary>
    /// The labels of tokens: the first token of a word has the word's label, its other tokens, special tokens and padding
    /// have −100, so that a word counts once.
    /// </summary>
    /// <param name="wordIds">The word of every token; −1 for none.</param>
    /// <param name="labels">The label of every word.</param>
    /// <param name="allTokens">Give all tokens of a word its label.</param>
    /// <exception cref="ArgumentException">A token is of a word that has no label.</exception>
    public static int[] ToTokens(ReadOnlySpan<int> wordIds, ReadOnlySpan<int> labels, bool allTokens = false)
    {
        var tokens = new int[wordIds.Length];
        int previous = -1;
        for (int i = 0; i < tokens.Length; i++)
        {
            int word = wordIds[i];
            if (word >= labels.Length)
                throw new ArgumentException($"Token {i} is of word {word}, but there are labels for {labels.Length} words.", nameof(wordIds));
            tokens[i] = word >= 0 && (allTokens || word != previous) ? labels[word] : Collator.IgnoredLabel;
            previous = word;
        }

        return tokens;
    }

    /// <summary>The predictions for words: that of the first token of each; −100 for words without a token, which truncation cut off.</summary>
    /// <param name="wordIds">The word of every token; −1 for none.</param>
    /// <param name="predictions">The predicted label of every token.</param>
    /// <param name="wordCount">The number of words.</param>
    /// <exception cref="ArgumentException">There are fewer predictions than tokens, or a token is of a word beyond the count.</exception>
    public static int[] ToWords(ReadOnlySpan<int> wordIds, ReadOnlySpan<int> predictions, int wordCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wordCount);
        if (predictions.Length < wordIds.Length)
            throw new ArgumentException($"{predictions.Length} predictions for {wordIds.Length} tokens.", nameof(predictions));
        var words = new int[wordCount];
        Array.Fill(words, Collator.IgnoredLabel);
        for (int i = wordIds.Length - 1; i >= 0; i--)
        {
            int word = wordIds[i];
            if (word >= wordCount)
                throw new ArgumentException($"Token {i} is of word {word}, but there are {wordCount} words.", nameof(wordIds));
            if (word >= 0)
                words[word] = predictions[i];
        }

        return words;
    }
}
