using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Workflows.Comparing;

/// <summary>
/// <c>variant.json</c> in the folder of a variant: with which configuration it was begun, and its measures once it is done.
/// A folder without it is not a comparison's and is left alone.
/// </summary>
internal static class VariantFile
{
    public const string FileName = "variant.json";

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    /// <summary>The measures of an earlier run with the same configuration and as many requests, or null.</summary>
    public static VariantMeasures? Find(ComparisonVariant variant, int requests)
    {
        string path = PathOf(variant);
        if (!File.Exists(path))
            return null;
        try
        {
            JsonNode? json = JsonNode.Parse(SmallFile.ReadText(path));
            if (json?["measures"] is not { } node || json["config"]?.ToJsonString() != variant.Config.ToJson().ToJsonString())
                return null;
            VariantMeasures measures = VariantMeasures.Parse(node);
            return measures.Requests == requests ? measures : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Of another version or damaged: as if it had not been run.
            return null;
        }
    }

    /// <summary>Checks that nothing of the user's stands where the variant's folder would be.</summary>
    /// <exception cref="PeftException">Something does.</exception>
    public static void RequireOwn(ComparisonVariant variant)
    {
        if (File.Exists(variant.Folder) || (Directory.Exists(variant.Folder) && !File.Exists(PathOf(variant)) && Directory.EnumerateFileSystemEntries(variant.Folder).Any()))
            throw new PeftException(
                $"{variant.Folder}, where the variant \"{variant.Name}\" would be, is there and is not of a comparison; name another output_dir, or the variant otherwise.");
    }

    /// <summary>Makes the folder anew, with the configuration for the run.</summary>
    public static void Begin(ComparisonVariant variant)
    {
        if (Directory.Exists(variant.Folder))
            Directory.Delete(variant.Folder, recursive: true);
        Directory.CreateDirectory(variant.Folder);
        Write(variant, null);
        AtomicFile.WriteText(Path.Combine(variant.Folder, ModelLocation.ConfigFileName), variant.Config.ToYaml());
    }

    /// <summary>Keeps the measures.</summary>
    public static void Finish(ComparisonVariant variant, VariantMeasures measures) => Write(variant, measures);

    private static void Write(ComparisonVariant variant, VariantMeasures? measures) => AtomicFile.WriteText(
        PathOf(variant),
        new JsonObject { ["name"] = variant.Name, ["config"] = variant.Config.ToJson(), ["measures"] = measures?.ToJson() }.ToJsonString(_indented) + "\n");

    private static string PathOf(ComparisonVariant variant) => Path.Combine(variant.Folder, FileName);
}
