using System.Text.RegularExpressions;
using PeftSharp.Testing;
using Xunit;

namespace PeftSharp.Tests;

/// <summary>The layers of docs/architecture.md: references point down only.</summary>
public sealed partial class LayerTests
{
    /// <summary>The one class beside the folders that is not an entry point to everything.</summary>
    private const string Model = "PeftModel";

    /// <summary>From the lowest to the highest; those of a line may know each other.</summary>
    private static readonly string[][] _layers =
    [
        ["IO"],
        ["Tensors"],
        ["Kernels"],
        ["Models"],
        ["Adapters"],
        ["Methods"],
        ["AdapterFolders", "PeftModel"],
        ["Training", "Generation", "Inference"],
        ["Workflows"],
    ];

    private static readonly string _source = Path.Combine(Fixtures.RepositoryRoot, "src", "PeftSharp");

    [Fact]
    public void References_OfEveryFile_PointDownOnly() => Assert.Empty(Files().SelectMany(Upwards));

    [Fact]
    public void Folders_OfTheProject_AreAllLayers() =>
        Assert.Equal(
            _layers.SelectMany(layer => layer).Where(layer => layer != Model).Order(StringComparer.Ordinal),
            Files().Where(file => file.Contains('/', StringComparison.Ordinal)).Select(LayerOf).Where(layer => layer.Length > 0).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Models", "using PeftSharp.Training;", "Training")]
    [InlineData("Models", "using static PeftSharp.Workflows.Loading.Devices;", "Workflows")]
    [InlineData("Models", "var x = PeftSharp.Methods.PeftMethods.Names;", "Methods")]
    [InlineData("Models", "var x = Methods.PeftMethods.Names;", "Methods")]
    [InlineData("Methods", "public static Adapter Combine(PeftModel model)", "PeftModel")]
    [InlineData("Adapters", "throw new PeftException(\"only PeftModel.Forward does\");", null)]
    [InlineData("Models", "using PeftSharp.Tensors; model.Adapters.Count(); /// <see cref=\"Training.Trainer\"/>", null)]
    public void Reference_InALineOfCode_IsSeen(string layer, string line, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], References(line).Where(other => HeightOf(other) > HeightOf(layer)));

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(_source, "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(_source, file).Replace('\\', '/'))
        .Where(file => !file.StartsWith("bin/", StringComparison.Ordinal) && !file.StartsWith("obj/", StringComparison.Ordinal));

    private static string LayerOf(string file) =>
        file.Contains('/', StringComparison.Ordinal) ? file[..file.IndexOf('/', StringComparison.Ordinal)] : file == $"{Model}.cs" ? Model : "";

    private static int HeightOf(string layer) => Array.FindIndex(_layers, names => names.Contains(layer));

    /// <summary>Files beside the folders (the entry point) may know everything.</summary>
    private static IEnumerable<string> Upwards(string file)
    {
        int height = HeightOf(LayerOf(file));
        return height < 0
            ? []
            : File.ReadLines(Path.Combine(_source, file)).SelectMany(References).Distinct()
                .Where(layer => HeightOf(layer) > height).Select(layer => $"{file}: {layer}");
    }

    /// <summary>The layers that a line names: by a using, or as the beginning of a qualified name. Comments do not count.</summary>
    private static IEnumerable<string> References(string line)
    {
        int comment = line.IndexOf("//", StringComparison.Ordinal);
        foreach (Match match in Named().Matches(comment < 0 ? line : line[..comment]))
            if (match.Groups["full"].Success || (match.Groups["next"].Success && IsIn(match.Groups["layer"].Value, match.Groups["next"].Value)))
                yield return match.Groups["layer"].Value;
        if (ModelAsType().IsMatch(comment < 0 ? line : line[..comment]))
            yield return Model;
    }

    /// <summary>True where a layer has a folder or file of that name: a property may be called as a layer is.</summary>
    private static bool IsIn(string layer, string name) =>
        Directory.Exists(Path.Combine(_source, layer, name))
        || Directory.EnumerateFiles(Path.Combine(_source, layer), $"{name}.cs", SearchOption.AllDirectories).Any();

    [GeneratedRegex(@"\bPeftModel\??(?= \w|[>\]])|\bnew PeftModel\(")]
    private static partial Regex ModelAsType();

    [GeneratedRegex(@"(?<![\w.])(?<full>PeftSharp\.)?(?<layer>IO|Tensors|Kernels|Models|AdapterFolders|Adapters|Methods|Training|Generation|Inference|Workflows)(\.(?<next>\w+)|(?=;))")]
    private static partial Regex Named();
}
