using PeftSharp.Adapters;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using static TorchSharp.torch;

namespace PeftSharp.Methods.Lora;

/// <summary>
/// HF's <c>ensure_weight_tying</c>: where the output head is the embedding (<c>tie_word_embeddings</c>), both change alike.
/// The embedding takes the head's place in <c>target_modules</c> or <c>modules_to_save</c>, and the head follows it
/// (<c>_add_targets_to_tie</c>, <c>_add_modules_to_save_to_tie</c> in peft's tuners/lora/model.py).
/// </summary>
internal static class TiedLora
{
    private static readonly string[] _usual = ["embed_tokens", "lm_head"];

    /// <summary>The options with the embedding in the head's place.</summary>
    public static LoraOptions Resolve(BaseModel model, LoraOptions options)
    {
        Linear[] heads = Heads(model);
        if (!options.EnsureWeightTying || heads.Length == 0)
            return options;
        string embedding = model.TokenEmbedding.Path;
        if (options.ModulesToSave?.Any(IsUsual) ?? false)
            return options with { ModulesToSave = Moved(options.ModulesToSave, embedding, heads) };
        return options.TargetModules switch
        {
            { Names: { } names } when names.Any(IsUsual) => options with { TargetModules = TargetModules.Of([.. Moved(names, embedding, heads)]) },
            { Pattern: { } pattern, IsAllLinear: false } when _usual.Any(name => PythonRegex.FullMatch(pattern, name)) =>
                options with { TargetModules = TargetModules.Matching($"(?:{pattern}|^{embedding.Replace(".", @"\.", StringComparison.Ordinal)}$)") },
            _ => options,
        };
    }

    /// <summary>
    /// Adapts the heads that share an adapted embedding's weight: E + s (B A)ᵀ is Aᵀ and Bᵀ around the same numbers. The
    /// head's A and B are the embedding's, seen the other way round, and have gradients of their own.
    /// </summary>
    /// <param name="builder">Where to plug in.</param>
    /// <param name="a">The embedding's A, (r, rows).</param>
    /// <param name="b">The embedding's B, (width, r).</param>
    /// <param name="scale">The scale of both.</param>
    /// <param name="dropout">The dropout in front of the head's A.</param>
    public static void Plug(AdapterBuilder builder, Tensor a, Tensor b, double scale, double dropout)
    {
        foreach (Linear head in Heads(builder.Model))
        {
            if (builder.Adapts(head))
                continue;
            Tensor headA = builder.TrainView($"{head.Path}.lora_A.weight", b.t()), headB = builder.TrainView($"{head.Path}.lora_B.weight", a.t());
            (builder.Hook as DrawnStart)?.AddEmbedding(headA, headB);
            builder.Plug(head, new LoraLinear(headA, headB, null, scale, dropout));
        }
    }

    private static Linear[] Heads(BaseModel model) =>
        [.. model.Nodes.OfType<Linear>().Where(node => node.Weight.TiedTo is { } source && source == model.TokenEmbedding.Weight)];

    private static bool IsUsual(string name) => _usual.Contains(name[(name.LastIndexOf('.') + 1)..]);

    /// <summary>With the embedding's path at the end, and without the first name that means a head.</summary>
    private static List<string> Moved(IReadOnlyList<string> names, string embedding, Linear[] heads)
    {
        List<string> moved = names.Contains(embedding) ? [.. names] : [.. names, embedding];
        foreach (Linear head in heads)
            if (moved.Find(name => ModulesToSave.Excludes([name], head.Path)) is { } own)
                moved.Remove(own);
        return moved;
    }
}
