using PeftSharp.Models.Nodes;

namespace PeftSharp.Models.Families;

/// <summary>The output head of a language model: the token embedding where the two are tied, else a product of its own.</summary>
internal static class LanguageModelHead
{
    /// <summary>Builds it.</summary>
    /// <param name="request">What it stands on.</param>
    /// <param name="path">Its path.</param>
    /// <param name="tied">What an absent <c>tie_word_embeddings</c> means.</param>
    /// <param name="storedAs">Its path in checkpoints, where that is another.</param>
    public static Linear Of(HeadRequest request, string path, bool tied, string? storedAs = null)
    {
        Embedding words = request.Backbone.Words;
        return request.Config.Flag("tie_word_embeddings", tied)
            ? request.Builder.TiedHead(path, words.Weight)
            : request.Builder.Head(path, words.Width, words.Rows, bias: false, storedAs);
    }
}
