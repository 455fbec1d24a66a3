namespace PeftSharp.Models.Families;

/// <summary>The row of the token embedding that is never trained: <c>pad_token_id</c>, as torch takes it for its <c>padding_idx</c>.</summary>
internal static class PaddingRow
{
    /// <summary>The row; null where there is none.</summary>
    /// <param name="config">The config; a negative id counts from the end of the vocabulary, null is none.</param>
    /// <param name="rows">The rows of the embedding.</param>
    /// <param name="absent">The family's default.</param>
    /// <exception cref="PeftException">The id is outside the vocabulary.</exception>
    public static long? Of(ModelConfig config, int rows, long? absent)
    {
        const string Key = "pad_token_id";
        if (!config.Has(Key))
            return config.IsNull(Key) ? null : absent;
        double id = config.Number(Key);
        return double.IsInteger(id) && id >= -rows && id < rows
            ? (long)(id < 0 ? id + rows : id)
            : throw new PeftException($"{config.Source}: '{Key}' is {id}, which is no row of a vocabulary of {rows}.");
    }
}
