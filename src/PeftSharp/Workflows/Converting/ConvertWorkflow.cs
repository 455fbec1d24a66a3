using System.Text.Json.Nodes;
using PeftSharp.IO;
using PeftSharp.Models;
using PeftSharp.Models.Gguf;
using PeftSharp.Tensors;
using PeftSharp.Tensors.Gguf;
using PeftSharp.Workflows.Configuration;
using static TorchSharp.torch;

namespace PeftSharp.Workflows.Converting;

/// <summary>What was written.</summary>
/// <param name="Output">The folder or file.</param>
/// <param name="Tensors">The number of tensors.</param>
/// <param name="Bytes">The bytes of the file of weights.</param>
/// <param name="Type">The type of the matrices, one of <see cref="OutTypes.Names"/>.</param>
public sealed record ConvertResult(string Output, int Tensors, long Bytes, string Type);

/// <summary>Turns a model from one kind of files into another: a Hugging Face folder into a GGUF file and the other way.</summary>
public static class ConvertWorkflow
{
    /// <summary>Converts; the output is there whole or not at all.</summary>
    /// <param name="input">A model folder or a <c>.gguf</c> file.</param>
    /// <param name="output">A name that ends in <c>.gguf</c> for a GGUF file; any other for a Hugging Face folder.</param>
    /// <param name="outtype">One of <see cref="OutTypes.Names"/>; a folder takes auto, f32, f16 and bf16.</param>
    /// <param name="overwrite">Whether an output that is there already is replaced.</param>
    /// <exception cref="FileNotFoundException">There is no model.</exception>
    /// <exception cref="ConfigException">The output is there already, or cannot have the type.</exception>
    /// <exception cref="InvalidDataException">A file breaks a rule of its format, or is not supported.</exception>
    /// <exception cref="PeftException">The model cannot be written in the other form.</exception>
    public static ConvertResult Run(string input, string output, string outtype = OutTypes.Auto, bool overwrite = false)
    {
        input = ModelFiles.Locate(input);
        if (!ModelFiles.IsModel(input))
            throw new FileNotFoundException(File.Exists(input) || Directory.Exists(input)
                ? $"{input} is no model: a model is a folder with config.json and model.safetensors, or a .gguf file."
                : $"There is no model at {input}.{HubCache.Advice(input)}", input);
        string target = OutputPlace.Claim(output, overwrite, input);
        GgmlType type = OutTypes.Parse(outtype, input);
        return Checkpoint.IsGguf(target) ? ToGguf(input, target, output, type) : ToFolder(input, target, output, type);
    }

    private static ConvertResult ToGguf(string input, string target, string output, GgmlType type)
    {
        ModelConfig config = ModelConfig.Load(input);
        using ICheckpoint weights = ModelFiles.Weights(input);
        int count = LlamaGgufWriter.Write(target, config, input, type, NamedWeight.Of(weights));
        return new(output, count, new FileInfo(target).Length, OutTypes.NameOf(type));
    }

    private static ConvertResult ToFolder(string input, string target, string output, GgmlType type)
    {
        if (type.ToStoredDType()?.ToScalarType() is not { } dtype)
            throw new ConfigException($"outtype: {OutTypes.NameOf(type)} is of GGUF files; a Hugging Face folder takes auto, f32, f16 or bf16 (an OUTPUT that ends in .gguf is a GGUF file).");
        JsonObject config = JsonNode.Parse(ModelConfig.Load(input).Json)!.AsObject();
        config.Remove("quantization_config");
        config[config.ContainsKey("torch_dtype") ? "torch_dtype" : "dtype"] = WeightCast.NameOf(dtype);
        if (!config.ContainsKey("architectures") && (string?)config["model_type"] == "llama")
            config["architectures"] = new JsonArray("LlamaForCausalLM");

        using ICheckpoint weights = ModelFiles.Weights(input);
        using var scope = NewDisposeScope();
        List<(string Name, Tensor Value)> tensors = [.. weights.Names.Select(name => (name, Converted(name, weights.Load(name), dtype)))];
        IReadOnlyList<string> files = [];
        AtomicFolder.Write(target, folder =>
        {
            files = ShardedSafetensorsWriter.Write(folder, tensors, ShardSize.Parse(ShardSize.Default));
            AtomicFile.WriteText(Path.Combine(folder, ModelFiles.ConfigName), PythonJson.Write(config) + "\n");
            WriteTokenizer(input, folder);
        });
        return new(output, tensors.Count, files.Sum(file => new FileInfo(Path.Combine(target, file)).Length), OutTypes.NameOf(type));
    }

    /// <summary>The files that are there; where there are none, those that the GGUF file's metadata make.</summary>
    internal static void WriteTokenizer(string input, string folder)
    {
        TokenizerFiles.Copy(input, folder);
        if (File.Exists(Path.Combine(folder, "tokenizer.json")) || ModelFiles.GgufOf(input) is not { } gguf)
            return;
        using GgufFile file = GgufFile.Open(gguf);
        if (!GgufTokenizerReader.HasTokenizer(file.Entries))
            return;
        JsonObject settings = GgufTokenizerReader.ToSettings(file.Entries);
        settings.Remove("chat_template");
        Write("tokenizer.json", ModelFiles.Utf8(GgufTokenizerReader.ToTokenizer(file.Entries)));
        Write("tokenizer_config.json", System.Text.Encoding.UTF8.GetBytes(PythonJson.Write(settings) + "\n"));
        if (GgufTokenizerReader.ChatTemplate(file.Entries) is { } template)
            AtomicFile.WriteText(Path.Combine(folder, "chat_template.jinja"), template);

        void Write(string name, byte[] bytes) => AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(bytes));
    }

    /// <summary>What has the dtype already is taken as it is.</summary>
    private static Tensor Converted(string name, Tensor value, ScalarType dtype) =>
        value.dtype == dtype ? value : WeightCast.To(dtype, name, value, "Convert with --outtype f32.");
}
