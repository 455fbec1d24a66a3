using System.CommandLine;
using PeftSharp.Benchmarks;
using PeftSharp.Tensors.Native;
using PeftSharp.Models;
using PeftSharp.Workflows.Benchmarking;
using PeftSharp.Workflows.Configuration;
using static TorchSharp.torch;

// Before the first use of torch: on some systems its library loads only with help.
NativeLoader.EnsureLoaded();

Option<string> shape = new("--model") { Description = $"one of {string.Join(", ", Shapes.Names)}", DefaultValueFactory = _ => Shapes.Default };
Option<string> dtype = new("--dtype") { Description = "fp32 or bf16", DefaultValueFactory = _ => "fp32" };
Option<string> compute = new("--compute") { Description = "auto, or int8 for the frozen products", DefaultValueFactory = _ => ComputeModes.Auto };
Option<double> labels = new("--labels") { Description = "the share of positions with a label", DefaultValueFactory = _ => 1.0 };
Option<int> batch = new("--batch") { DefaultValueFactory = _ => 8 };
Option<int> length = new("--length") { DefaultValueFactory = _ => 128 };
Option<bool> kernels = new("--kernels") { Description = "say where the time goes" };
Option<bool> checkpointing = new("--gradient-checkpointing") { Description = "compute each layer again in the backward" };
Option<int> steps = new("--steps") { Description = "measured steps, after one that is not", DefaultValueFactory = _ => 5 };

Command loraStep = new("lora-step", "One LoRA step of a model of a published shape with random weights: tokens/s beside the machine's GEMM rate.")
{
    shape, dtype, compute, labels, batch, length, steps, kernels, checkpointing,
};
loraStep.SetAction(result => LoraStep.Run(
    result.GetValue(shape)!, result.GetValue(dtype)!, ComputeModes.Parse(result.GetValue(compute)!), result.GetValue(labels), result.GetValue(batch), result.GetValue(length),
    result.GetValue(steps), result.GetValue(kernels), result.GetValue(checkpointing)));

Command gemm = new("gemm", "The rate of one product, 1024×576×1536, in each dtype.");
gemm.SetAction(_ =>
{
    foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
    {
        ProductRates rates = ProductRates.Measure(type);
        string int8 = ProductRates.WhyNoInt8 is null ? Int8(ProductRates.Measure(type, ComputeMode.Int8)) : "no int8";
        Console.WriteLine($"{type,-9} {rates.Plain / 1e9,5:f0} plain, {rates.Packed / 1e9,5:f0} packed, {rates.PackedBack / 1e9,5:f0} packed, to the inputs; {int8}; GFLOP/s");
    }

    static string Int8(ProductRates rates) => $"{rates.Packed / 1e9,5:f0} and {rates.PackedBack / 1e9,5:f0} in int8";
});

Command gguf = new("gguf", "Blocks of GGUF files to float32 and back, one core, in GB of float32 a second.");
gguf.SetAction(_ => GgufRate.Run());

Option<string> data = new("--data") { Description = "a CSV file of texts", DefaultValueFactory = _ => "assets/data/banking77/train.csv" };
Option<int> count = new("--count") { Description = "number of texts", DefaultValueFactory = _ => 1_000_000 };
Argument<string[]> files = new("files") { Description = "tokenizer.json of each tokenizer" };
Command tokenizers = new("tokenizers", "Short texts tokenized on one core, beside Hugging Face's library.") { files, data, count };
tokenizers.SetAction(result => TokenizerRate.Run(result.GetValue(files)!, result.GetValue(data)!, result.GetValue(count)));

return new RootCommand("Measurements of PeftSharp.") { loraStep, gemm, gguf, tokenizers }.Parse(args).Invoke();
