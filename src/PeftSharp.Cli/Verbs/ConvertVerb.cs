using System.CommandLine;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Workflows.Converting;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft convert</c>.</summary>
internal static class ConvertVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string> input = new("input") { HelpName = "INPUT", Description = "model folder, or a .gguf file" };
        Argument<string> output = new("output") { HelpName = "OUTPUT", Description = "what to make: a name that ends in .gguf is a GGUF file, any other a model folder" };
        Option<string> outtype = OutType();
        Option<bool> force = SharedOptions.Force();
        Option<bool> json = SharedOptions.Json("what was made");
        Command command = new("convert", "turns a GGUF file into a model folder, or the other way") { input, output, outtype, force, json };
        command.SetAction(parsed => Report(terminal, parsed.GetValue(json), ConvertWorkflow.Run(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), parsed.GetRequiredValue(outtype), parsed.GetValue(force))));
        return new Verb(
            command,
            "Turns a model of the LLaMA family from llama.cpp's GGUF into an ordinary Hugging Face folder (config.json, model.safetensors, tokenizer.json, the chat template), or a folder into a GGUF file. Blocks of any type up to Q8_0, K quants included, are decoded. The output is there whole or not at all.",
            [
                new("peft convert SmolLM2-135M.Q4_1.gguf models/SmolLM2-135M", "a folder to train on"),
                new("peft convert merged/chat chat.gguf --outtype q8_0", "a file for llama.cpp"),
            ]);
    }

    /// <summary>The type of the weights written.</summary>
    public static Option<string> OutType() => new("--outtype")
    {
        Description = "type of the matrices of a GGUF file (a folder takes auto, f32, f16, bf16); auto is what they have now, f32 where they are packed or the adapter was trained in float32 (default: auto)",
        HelpName = string.Join('|', OutTypes.Names),
        DefaultValueFactory = _ => OutTypes.Auto,
    };

    /// <summary>Says what was written.</summary>
    public static int Report(Terminal terminal, bool asJson, ConvertResult result)
    {
        if (asJson)
            terminal.Out.WriteLine(Json.Indented(new JsonObject
            {
                ["output"] = result.Output,
                ["tensors"] = result.Tensors,
                ["bytes"] = result.Bytes,
                ["type"] = result.Type,
            }));
        else
            terminal.Out.WriteLine($"{result.Output}: {result.Tensors} tensors as {result.Type}, {Tables.Bytes(result.Bytes)}.");
        return ExitCodes.Success;
    }
}
