using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Reports;
using Spectre.Console;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft inspect</c>.</summary>
internal static class InspectVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string> path = new("path") { HelpName = "PATH", Description = "folder of a run, an adapter or a model, or a file of weights (.safetensors, .bin, .pt, .gguf, .index.json)" };
        Option<bool> json = SharedOptions.Json("the report");
        Command command = new("inspect", "shows what a model, an adapter or a file of weights holds") { path, json };
        command.SetAction(parsed =>
        {
            Inspection inspection = Inspection.Of(parsed.GetRequiredValue(path));
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(inspection.ToJson()));
            else
                Write(terminal, inspection);
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            "Shows what a folder or file holds: its kind, what its config says, and every tensor with dtype, shape and size. Only headers are read, so it is quick on files of any size; nothing in a file is run, pickles of torch.save included.",
            [
                new("peft inspect runs/banking77/adapter", "an adapter: its method, its base, its tensors"),
                new("peft inspect assets/models/all-MiniLM-L6-v2", "a model folder"),
                new("peft inspect pytorch_model.bin", "a file of torch.save, or one of safetensors"),
                new("peft inspect adapter_model.safetensors --json", "one file, for a program to read"),
            ]);
    }

    private static void Write(Terminal terminal, Inspection inspection)
    {
        terminal.OutConsole.Write(Tables.OfFacts(
        [
            new(inspection.Kind, inspection.Path),
            .. inspection.Facts,
            .. inspection.Metadata.Select(pair => new KeyValuePair<string, string>($"metadata {pair.Key}", Short(pair.Value))),
            new("format", inspection.Format),
            new("files", Short(string.Join(", ", inspection.Files))),
            new("tensors", Tables.Count(inspection.Tensors.Count)),
            new("values", Tables.Count(inspection.ParameterCount)),
            new("size", Tables.Bytes(inspection.ByteLength)),
        ]));
        Table tensors = Tables.Create("tensor", "dtype", "shape", "size");
        foreach (TensorInfo tensor in inspection.Tensors)
            tensors.Row(tensor.Name, tensor.Packing ?? tensor.DType.ToString(), $"[{string.Join(", ", tensor.Shape)}]", Tables.Bytes(tensor.StoredByteLength));
        terminal.OutConsole.Write(tensors);
    }

    /// <summary>Metadata may be whole vocabularies and templates; --json has them in full.</summary>
    private static string Short(string text) => text.Length > 200 ? text[..200] + "…" : text;
}
