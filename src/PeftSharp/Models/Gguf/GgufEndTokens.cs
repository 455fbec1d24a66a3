using PeftSharp.IO;
using PeftSharp.Tensors.Gguf;

namespace PeftSharp.Models.Gguf;

/// <summary>
/// The tokens that end a text: a list with Hugging Face; with llama.cpp the end of a text, of a turn and of a message, of
/// which any ends the generation.
/// </summary>
internal static class GgufEndTokens
{
    private const string OfText = "tokenizer.ggml.eos_token_id", OfTurn = "tokenizer.ggml.eot_token_id", OfMessage = "tokenizer.ggml.eom_token_id";

    // More than llama.cpp has keys for.
    private const string All = "tokenizer.peft.eos_token_ids";

    /// <summary>The end tokens of a file; empty where it names none.</summary>
    /// <exception cref="InvalidDataException">An entry is no token.</exception>
    public static IReadOnlyList<int> Of(GgufMetadata metadata)
    {
        IEnumerable<int> named = new[] { OfText, OfTurn, OfMessage }.Where(metadata.Has).Select(key => metadata.Count32(key));
        return [.. named.Concat(metadata.Items<int>(All) ?? []).Distinct()];
    }

    /// <summary>The end tokens of a folder: those of <c>generation_config.json</c>, else of <c>config.json</c>.</summary>
    /// <exception cref="PeftException">A file names something else.</exception>
    public static IReadOnlyList<int> Of(string folder, ModelConfig config)
    {
        string generation = Path.Combine(folder, "generation_config.json");
        IReadOnlyList<int>? ids = (File.Exists(generation) ? JsonSettings.Load(generation).Integers("eos_token_id") : null) ?? config.Integers("eos_token_id");
        return [.. (ids ?? []).Where(id => id >= 0)];
    }

    /// <summary>Writes the end tokens besides the tokenizer's own, which has its key already.</summary>
    /// <param name="own">The tokenizer's own, or null.</param>
    /// <param name="ids">All of them.</param>
    /// <param name="nameOf">The text of a token, or null.</param>
    /// <param name="metadata">Given the entries.</param>
    public static void WriteOthers(int? own, IReadOnlyList<int> ids, Func<int, string?> nameOf, GgufMetadata metadata)
    {
        List<int> others = [.. ids.Where(id => id != own).Distinct()];
        if (others.Count > 2)
            metadata.Add(All, ids.ToArray());
        Put(OfMessage, others.FindIndex(id => nameOf(id) is "<|eom_id|>"));
        Put(OfTurn, others.Count > 0 ? 0 : -1);
        if (!metadata.Has(OfMessage))
            Put(OfMessage, others.Count > 0 ? 0 : -1);

        void Put(string key, int at)
        {
            if (at < 0)
                return;
            metadata.Add(key, (uint)others[at]);
            others.RemoveAt(at);
        }
    }
}
