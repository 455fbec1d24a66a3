using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Workflows.Converting;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft export-adapter</c>.</summary>
internal static class ExportAdapterVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string> model = SharedOptions.Model();
        Argument<string> output = new("output") { HelpName = "OUTPUT", Description = "file to make; its name ends in .gguf" };
        Option<string?> adapter = SharedOptions.Adapter();
        Option<string?> baseModel = SharedOptions.BaseModel();
        Option<bool> gguf = new("--gguf") { Description = "write llama.cpp's adapter file; the only form there is, so it may be left out" };
        Option<bool> force = SharedOptions.Force();
        Option<bool> json = SharedOptions.Json("what was made");
        Option<bool> strict = SharedOptions.Strict();
        Command command = new("export-adapter", "writes a LoRA adapter as a GGUF file for llama.cpp") { model, output, adapter, baseModel, gguf, force, json, strict };
        command.SetAction(parsed =>
        {
            ModelLocation location = ModelLocation.Resolve(parsed.GetRequiredValue(model), parsed.GetValue(adapter), parsed.GetValue(baseModel));
            return ConvertVerb.Report(terminal, parsed.GetValue(json), ExportAdapterWorkflow.Run(
                location, parsed.GetRequiredValue(output), parsed.GetValue(force), new AdapterNotes(terminal.Warn, parsed.GetValue(strict))));
        });
        return new Verb(
            command,
            "Writes a LoRA adapter of a LLaMA model as the GGUF file that llama.cpp takes with --lora, beside a GGUF file of its base. Plain LoRA only: whatever changes more than LoRA does (DoRA, biases, saved modules, trained tokens) must be merged.",
            [
                new("peft export-adapter runs/chat chat-lora.gguf --gguf", "the adapter of a run"),
                new("peft export-adapter my-adapter lora.gguf --base_model models/SmolLM2-135M", "its base is not where it was"),
            ]);
    }
}
