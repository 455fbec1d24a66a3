using PeftSharp.Models;
using PeftSharp.Tensors;
using static TorchSharp.torch;

namespace PeftSharp.Benchmarks;

/// <summary>A model of some shape with random weights in a folder, as a downloaded one lies in its: its weights are mapped when it is loaded.</summary>
internal sealed class ModelFolder : IDisposable
{
    public ModelFolder(string shape, ScalarType dtype)
    {
        Directory.CreateDirectory(Path);
        File.WriteAllText(System.IO.Path.Combine(Path, "config.json"), shape);
        using BaseModel model = BaseModel.Create(ModelConfig.Parse(shape, Path), new BaseModelOptions { Dtype = dtype });
        SafetensorsWriter.Write(
            System.IO.Path.Combine(Path, "model.safetensors"), model.Parameters.Select(parameter => (parameter.StoredName, parameter.Stored)),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"peftsharp-benchmark-{Guid.NewGuid():N}");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
