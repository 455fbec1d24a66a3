using System.Diagnostics;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Kernels;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Models.Nodes;
using PeftSharp.Tensors;
using PeftSharp.Training;
using PeftSharp.Workflows.Benchmarking;
using PeftSharp.Workflows.Configuration;
using static TorchSharp.torch;

namespace PeftSharp.Benchmarks;

/// <summary>Forward, backward and AdamW of one batch: LoRA r 8 on the family's usual targets, the base frozen.</summary>
internal static class LoraStep
{
    public static int Run(string shape, string dtypeName, ComputeMode compute, double labelShare, int batch, int length, int steps, bool byKernel, bool gradientCheckpointing)
    {
        ScalarType dtype = dtypeName switch
        {
            "fp32" => ScalarType.Float32,
            "bf16" => ScalarType.BFloat16,
            _ => throw new ArgumentException($"--dtype {dtypeName}: it is fp32 or bf16."),
        };
        ProductRates before = ProductRates.Measure(dtype, compute);
        using ModelFolder folder = new(Shapes.Of(shape), dtype);
        using BaseModel model = BaseModel.Load(folder.Path, new BaseModelOptions { Dtype = dtype, Compute = compute });
        using PeftModel peft = new(model);
        Adapter adapter = peft.AddAdapter(new LoraOptions { R = 8, LoraAlpha = 16 });
        Tensor[] values = [.. adapter.Trainable.Select(tensor => tensor.Value)];
        using var scope = NewDisposeScope();
        Tensor[] means = [.. values.Select(value => zeros_like(value))];
        Tensor[] squares = [.. values.Select(value => zeros_like(value))];
        TrainingData data = new(Examples((int)model.VocabularySize, batch, length, labelShare), null, PaddingId: 0);
        using StepRunner runner = new(peft, adapter, data, new TrainingOptions { Memory = new() { GradientCheckpointing = gradientCheckpointing } });
        int[] rows = [.. Enumerable.Range(0, batch)];

        List<double> seconds = [];
        KernelClock.IsOn = byKernel;
        for (int step = 0; step <= steps; step++)
        {
            long start = Stopwatch.GetTimestamp();
            using (var inner = NewDisposeScope())
            {
                runner.Run(step, [rows], (_, loss) => new InvalidOperationException($"The loss is {loss}."));
                AdamW.Step(values, [.. values.Select(value => value.grad!)], means, squares, step + 1, 1e-4, 0.9, 0.999, 1e-8, 0);
                foreach (Tensor value in values)
                    value.grad = null;
            }
            if (step == 0)
                KernelClock.Take();
            else
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        ProductRates after = ProductRates.Measure(dtype, compute);
        foreach ((string kernel, (double spent, long calls)) in KernelClock.Take().Kernels.OrderByDescending(pair => pair.Value.Seconds))
            Console.WriteLine($"  {kernel,-32} {1000 * spent / steps,8:f1} ms {calls / steps,5} calls a step");
        KernelClock.IsOn = false;
        seconds.Sort();
        double tokens = batch * length / seconds[seconds.Count / 2];
        // 2 (multiply, add) × 2 (forward, backward to the inputs) × parameters; the output head sees labelled rows only.
        double inLayers = Products(model, isHead: false), inHead = Products(model, isHead: true);
        double perToken = 4.0 * (inLayers + labelShare * inHead);
        double plain = Math.Max(before.Plain, after.Plain), best = Math.Max(before.Best, after.Best);
        Console.WriteLine(
            $"lora-step {shape} {dtypeName}, compute {ComputeModes.NameOf(compute)}, {batch}×{length} labels {labelShare:p0}{(gradientCheckpointing ? ", gradient checkpointing" : "")}: {tokens:f0} tokens/s (median of {steps}; {seconds[^1]:f2} s slowest), "
            + $"product {plain / 1e9:f0} GFLOP/s plain, {best / 1e9:f0} best; {tokens * perToken / plain:f2} of the plain rate, "
            + $"{tokens * perToken / best:f2} of the floor; peak {PeakMemory.Read() >> 20} MB");
        return 0;
    }

    private static double Products(BaseModel model, bool isHead) =>
        model.Nodes.OfType<Linear>().Where(node => node.IsHead == isHead).Sum(node => (double)node.InFeatures * node.OutFeatures);

    /// <summary>Random tokens; the last share of every row is labelled, as the answers of instruction data are.</summary>
    private static EncodedExample[] Examples(int words, int count, int length, double labelShare)
    {
        CounterRandom random = new(seed: 0, stream: 0);
        var examples = new EncodedExample[count];
        for (int i = 0; i < count; i++)
        {
            var ids = new int[length];
            for (int j = 0; j < length; j++)
                ids[j] = random.Below(words);
            int[] labels = [.. ids.Select((id, at) => at < (int)(length * (1 - labelShare)) ? Collator.IgnoredLabel : id)];
            examples[i] = new EncodedExample(ids, Label: new ExampleLabel.Tokens(labels));
        }
        return examples;
    }
}
