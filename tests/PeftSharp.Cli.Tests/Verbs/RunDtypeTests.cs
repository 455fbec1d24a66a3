using System.Text.Json.Nodes;
using PeftSharp.Tensors;
using Xunit;

namespace PeftSharp.Cli.Tests.Verbs;

/// <summary>A run computes in the dtype it was trained in, whichever verb uses it, unless a flag says otherwise.</summary>
public sealed class RunDtypeTests
{
    private static readonly string[] _dtypes = ["float32", "bfloat16"];

    [Fact]
    public void EvaluateAndPredict_Run_ComputeInItsDtype()
    {
        foreach (string own in _dtypes)
        {
            using TinyModel tiny = new();
            string test = tiny.Reviews("test.csv", 10), run = tiny.Trained("--dtype", own);
            double[] losses = [.. _dtypes.Select(dtype => Loss(run, test, "--dtype", dtype))];
            Assert.NotEqual(losses[0], losses[1]);
            Assert.Equal(losses[Array.IndexOf(_dtypes, own)], Loss(run, test));
            Assert.Equal(Loss(run, test), Loss(Path.Combine(run, "adapter"), test));
            Assert.Equal(Answer(run, "--dtype", own), Answer(run));
            Assert.NotEqual(Answer(run, "--dtype", _dtypes.Single(other => other != own)), Answer(run));
        }
    }

    [Fact]
    public void Merge_RunInFloat32OnAHalfPrecisionBase_IsNotRounded()
    {
        using TinyModel tiny = new();
        string half = tiny.PathOf("half");
        PeftRun.Well("convert", tiny.Model, half, "--outtype", "bf16");
        foreach (string own in _dtypes)
        {
            string run = tiny.PathOf($"run-{own}"), merged = tiny.PathOf($"merged-{own}");
            PeftRun.Well("train", "--model", half, "--task", "SEQ_CLS", "--train", tiny.Reviews(), "--max_steps", "2", "--output_dir", run, "--dtype", own);
            PeftRun.Well("merge", run, merged);
            using ICheckpoint weights = Checkpoint.Open(merged);
            Assert.All(weights.Names, name => Assert.Equal(own == "float32" ? StoredDType.F32 : StoredDType.BF16, weights.Info(name).DType));
        }
    }

    [Fact]
    public void MergeToGguf_RunInFloat32OnAHalfPrecisionBase_IsNotRounded()
    {
        using TinyModel tiny = new(decoder: true);
        string half = tiny.PathOf("half"), rows = tiny.Write("rows.jsonl", string.Concat(Enumerable.Repeat("{\"text\": \"once upon a time\"}\n", 8)));
        PeftRun.Well("convert", tiny.Model, half, "--outtype", "bf16");
        foreach (string own in _dtypes)
        {
            string run = tiny.PathOf($"run-{own}"), merged = tiny.PathOf($"{own}.gguf");
            PeftRun.Well("train", "--model", half, "--task", "CAUSAL_LM", "--train", rows, "--max_steps", "1", "--output_dir", run, "--dtype", own);
            Assert.Equal(own == "float32" ? "f32" : "bf16", (string)PeftRun.Well("merge", run, merged, "--json").Json["type"]!);
        }
    }

    private static double Loss(string run, string test, params string[] more) => (double)PeftRun.Well(["evaluate", run, test, "--json", .. more]).Json["loss"]!;

    private static double Answer(string run, params string[] more) =>
        JsonNode.Parse(PeftRun.Well(["predict", run, "a good film", "--json", .. more]).Out)!["probability"]!.GetValue<double>();
}
