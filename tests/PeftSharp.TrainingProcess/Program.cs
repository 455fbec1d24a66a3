using PeftSharp;
using PeftSharp.Data;
using PeftSharp.IO;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Tensors.Native;
using PeftSharp.Training;
using static TorchSharp.torch;

if (args is ["fail"])
{
    // Shapes that do not fit, in a call of TorchSharp that hands no error on.
    NativeLoader.EnsureLoaded();
    NativeFailure.SayInOneLine();
    zeros(2, 3).matmul(zeros(2, 3)).Dispose();
    return 0;
}

if (args is ["replace", string target])
{
    // An adapter folder takes the place of the one before it, until the process is killed: both files of a folder tell its number.
    for (int number = 1; ; number++)
    {
        AtomicFolder.Write(target, folder =>
        {
            AtomicFile.WriteText(Path.Combine(folder, "adapter_config.json"), $"{number}");
            AtomicFile.WriteText(Path.Combine(folder, "adapter_model.safetensors"), string.Concat(Enumerable.Repeat($"{number} ", 50_000)));
        });
        Console.WriteLine(number);
    }
}

// Usage: MODEL_FOLDER OUTPUT_DIR STEPS [resume]
// Trains LoRA with dropout on made-up rows, a checkpoint every third step, and says on a line what it has done.
using PretrainedModel pretrained = await Peft.LoadBaseAsync(args[0], new BaseModelOptions { Task = TaskType.SequenceClassification });
set_num_threads(1);
using PeftModel model = pretrained.Attach(new LoraOptions { R = 4, LoraAlpha = 16, LoraDropout = 0.1 });
CounterRandom random = new(11, 0);
EncodedExample[] rows = new EncodedExample[40];
for (int i = 0; i < rows.Length; i++)
{
    int[] ids = new int[4 + random.Below(8)];
    for (int t = 0; t < ids.Length; t++)
        ids[t] = 1 + random.Below((int)pretrained.Model.VocabularySize - 1);
    rows[i] = new EncodedExample(ids, null, new ExampleLabel.Class(random.Below(pretrained.Model.Labels.Count)));
}
TrainingOptions options = new()
{
    Optimizer = new() { LearningRate = 1e-2, WeightDecay = 0.01 },
    Schedule = new() { WarmupSteps = 4 },
    Batches = new() { TrainSize = 4, Accumulation = 2 },
    Duration = new() { MaxSteps = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) },
    Checkpoints = new()
    {
        OutputDirectory = args[1], Strategy = IntervalStrategy.Steps, Steps = 3, TotalLimit = 2,
        ResumeFrom = args.Length > 3 ? CheckpointOptions.Latest : null,
    },
};
TrainingResult result = new Trainer(model, new TrainingData(rows, null, PaddingId: 0), options, new Reporter()).Train();
model.SaveAdapter(Path.Combine(args[1], "adapter"));
Console.WriteLine($"finished {result.Steps}");
return 0;

internal sealed class Reporter : ITrainingObserver
{
    public void Started(TrainingStart start) => Console.WriteLine($"started {start.ResumedStep}");

    public void Step(StepReport report)
    {
        Console.WriteLine($"step {report.Step}");
        // Slow enough for a kill to land in the middle of the run.
        Thread.Sleep(20);
    }
}
