using PeftSharp.Kernels;
using PeftSharp.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>What is no number is never printed as an answer.</summary>
public sealed class BrokenWeightsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--json")]
    [InlineData("--tsv")]
    public void Predict_WeightsThatAreNoNumbers_Fails(string form)
    {
        using TinyModel tiny = new();
        string run = Broken(tiny.Trained());
        PeftRun failed = PeftRun.Fails(1, ["predict", run, "a good film", .. form.Length > 0 ? (string[])[form] : []], "not numbers");
        Assert.Empty(failed.Out);
    }

    [Fact]
    public void Evaluate_WeightsThatAreNoNumbers_Fails()
    {
        using TinyModel tiny = new();
        PeftRun failed = PeftRun.Fails(1, ["evaluate", Broken(tiny.Trained()), tiny.Reviews("test.csv", 6), "--json"], "not numbers");
        Assert.Empty(failed.Out);
    }

    [Fact]
    public void Generate_WeightsThatAreNoNumbers_Fails()
    {
        using TinyModel tiny = new(decoder: true);
        string rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"once upon a time\"}\n", 8))), run = tiny.PathOf("run");
        PeftRun.Well("train", "--model", tiny.Model, "--task", "CAUSAL_LM", "--train", rows, "--max_steps", "1", "--output_dir", run);
        Broken(run);
        Assert.Equal("", PeftRun.Fails(1, ["generate", run, "Once"], "not numbers").Out);
        PeftRun.Fails(1, ["evaluate", run, rows], "not numbers");
    }

    /// <summary>Makes the adapter of a run one that nothing can be computed with.</summary>
    private static string Broken(string run)
    {
        string path = Path.Combine(run, "adapter", "adapter_model.safetensors");
        using var scope = NewDisposeScope();
        (string, Tensor)[] tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            tensors = [.. file.Names.Select(name => (name, ScalarMath.Full(file.Load(name).shape, double.NaN)))];
        SafetensorsWriter.Write(path, tensors);
        return run;
    }
}
