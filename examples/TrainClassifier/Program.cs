// From a CSV to a trained, saved, reloaded and asked classifier: dotnet run -c Release [steps]
using PeftSharp;
using PeftSharp.Adapters;
using PeftSharp.Data;
using PeftSharp.Inference;
using PeftSharp.Methods.Lora;
using PeftSharp.Models;
using PeftSharp.Text;
using PeftSharp.Training;

string root = Assets();
string output = Path.Combine(Path.GetTempPath(), "banking77-adapter");

// 1. The data, and the labels it has.
Dataset rows = Dataset.Load(Path.Combine(root, "data", "banking77", "train.csv"));
LabelMap labels = LabelMap.Build(rows.Select(row => row.Text("category")));

// 2. The frozen base with a fresh head for those labels, and LoRA on its query and value projections.
using PretrainedModel pretrained = await Peft.LoadBaseAsync(
    Path.Combine(root, "models", "all-MiniLM-L6-v2"),
    new BaseModelOptions { Task = TaskType.SequenceClassification, Labels = labels.Names });
using PeftModel model = pretrained.Attach(new LoraOptions { R = 8, LoraAlpha = 16, LoraDropout = 0.1 });

// 3. Text to tokens, tokens to weights.
TruncationOptions limit = new(64);
EncodedExample[] examples = [.. rows.Select(row => new EncodedExample(
    pretrained.Tokenizer.Encode(row.Text("text"), truncation: limit).ToIdArray(),
    Label: new ExampleLabel.Class(labels.IdOf(row.Text("category"), row.Place))))];
TrainingOptions options = new()
{
    Optimizer = new() { LearningRate = 2e-3 },
    Batches = new() { TrainSize = 32, GroupByLength = true },
    Duration = new() { MaxSteps = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 300 },
    Checkpoints = new() { Strategy = IntervalStrategy.No },
};
TrainingResult result = new Trainer(model, new TrainingData(examples, null, pretrained.PaddingId), options).Train();
Console.WriteLine($"{result.Steps} steps, loss {result.TrainLoss:f3}, {model.Find("default").TrainableCount:n0} trainable values");

// 4. An ordinary Hugging Face adapter folder, read back into an object that many threads may ask.
model.SaveAdapter(output);
using PeftModel reloaded = pretrained.AttachSaved(output);
using TextClassifier classifier = new(new InferenceModel(pretrained, reloaded));
foreach (LabelScore score in classifier.Predict("My card has not arrived yet, where is it?").Top(3))
    Console.WriteLine($"{score.Score:p1}  {score.Label}");

static string Assets()
{
    for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        if (Directory.Exists(Path.Combine(at.FullName, "assets", "models")))
            return Path.Combine(at.FullName, "assets");
    throw new DirectoryNotFoundException("Run the example from a clone of the repository.");
}
