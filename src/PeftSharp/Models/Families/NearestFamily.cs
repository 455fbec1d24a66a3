using PeftSharp.Data;

namespace PeftSharp.Models.Families;

/// <summary>What to say of a model that no family is for: which one is nearest, and what would have to be the same.</summary>
internal static class NearestFamily
{
    /// <summary>A sentence that begins with a space, or nothing.</summary>
    public static string Hint(ModelConfig config, IReadOnlyList<ModelFamily> families)
    {
        string? byName = NearestName.Find(config.ModelType, families.Select(family => family.ModelType));
        ModelFamily? nearest = families.FirstOrDefault(family => family.ModelType == byName);
        string because = "";
        if (nearest is null)
        {
            ModelFamily most = families.MaxBy(family => family.Marks.Count(config.Has))!;
            string[] shared = [.. most.Marks.Where(config.Has)];
            if (shared.Length == 0)
                return "";
            (nearest, because) = (most, $" (both have {string.Join(", ", shared)})");
        }
        return nearest.Parts is null
            ? $" The nearest one is {nearest.ModelType}{because}."
            : $" The nearest one is {nearest.ModelType}{because}: if this model has all of its parts and nothing else ({nearest.Parts}), it can be read as one with \"model_type\": \"{nearest.ModelType}\" in its config.json.";
    }
}
