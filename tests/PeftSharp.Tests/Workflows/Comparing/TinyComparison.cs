using PeftSharp.Testing;
using PeftSharp.Workflows.Comparing;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Tests.Workflows.Comparing;

/// <summary>A temporary folder with rows and a model, for comparisons whose variants are not really trained.</summary>
internal sealed class TinyComparison : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("peft compare").FullName;

    public TinyComparison() => File.WriteAllText(PathOf("rows.csv"), "text,label\ngood,yes\nbad,no\n");

    public string Output => PathOf("out");

    public string PathOf(params string[] parts) => Path.Combine([_root, .. parts]);

    /// <summary>A configuration file of a run, with more lines after it.</summary>
    public string Write(string more = "")
    {
        string rows = PathOf("rows.csv").Replace('\\', '/');
        File.WriteAllText(PathOf("run.yaml"), $$"""
            model: "{{Fixtures.PathOf("hf_peft", "bert", "base").Replace('\\', '/')}}"
            task: SEQ_CLS
            data: { train: "{{rows}}", test: "{{rows}}" }
            training: { output_dir: "{{Output.Replace('\\', '/')}}", num_train_epochs: 2 }

            """ + more);
        return PathOf("run.yaml");
    }

    public ComparisonConfig Load(string more, params ConfigOverride[] flags) => ComparisonConfig.Load(Write(more), flags);

    public ComparisonConfig Methods(params string[] methods) => ComparisonConfig.Load(Write(), [], methods);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
