using System.CommandLine;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Tensors;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Merging;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft merge</c>.</summary>
internal static class MergeVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string> model = SharedOptions.Model();
        Argument<string> output = new("output") { HelpName = "OUTPUT", Description = "model folder to make, or a .gguf file" };
        Option<string?> adapter = SharedOptions.Adapter();
        Option<string?> baseModel = SharedOptions.BaseModel();
        Option<bool> force = SharedOptions.Force();
        Option<string> dtype = new("--dtype")
        {
            Description = "of the weights written; auto is that of the base's, or float32 where the run computed in it (default: auto)",
            HelpName = string.Join('|', MergeWorkflow.Dtypes),
            DefaultValueFactory = _ => Workflows.Configuration.Dtypes.Auto,
        };
        Option<string> maxShardSize = new("--max_shard_size")
        {
            Description = $"most bytes of one file of weights; larger models become several files and an index (default: {ShardSize.Default})",
            HelpName = "SIZE",
            DefaultValueFactory = _ => ShardSize.Default,
        };
        Option<bool> gguf = new("--gguf") { Description = "write a GGUF file for llama.cpp, whatever OUTPUT is called (LLaMA language models)" };
        Option<string> outtype = ConvertVerb.OutType();
        Option<bool> json = SharedOptions.Json("what was made");
        Option<bool> strict = SharedOptions.Strict();
        Command command = new("merge", "writes an adapter into its base: a model folder that needs no adapter") { model, output, adapter, baseModel, force, dtype, maxShardSize, gguf, outtype, json, strict };
        command.SetAction(parsed =>
        {
            ModelLocation location = ModelLocation.Resolve(parsed.GetRequiredValue(model), parsed.GetValue(adapter), parsed.GetValue(baseModel));
            AdapterNotes notes = new(terminal.Warn, parsed.GetValue(strict));
            if (parsed.GetValue(gguf) || Checkpoint.IsGguf(parsed.GetRequiredValue(output)))
            {
                if (parsed.GetResult(dtype) is { Implicit: false } || parsed.GetResult(maxShardSize) is { Implicit: false })
                    throw new ConfigException("--dtype and --max_shard_size are of model folders; a GGUF file takes --outtype.");
                return ConvertVerb.Report(terminal, parsed.GetValue(json), MergeWorkflow.RunToGguf(
                    location, parsed.GetRequiredValue(output), parsed.GetValue(force), parsed.GetRequiredValue(outtype), notes));
            }
            if (parsed.GetResult(outtype) is { Implicit: false })
                throw new ConfigException("--outtype is of GGUF files; a model folder takes --dtype (an OUTPUT that ends in .gguf is a GGUF file).");
            MergeResult result = MergeWorkflow.Run(location, parsed.GetRequiredValue(output), parsed.GetValue(force), parsed.GetRequiredValue(dtype), parsed.GetRequiredValue(maxShardSize), notes);
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(Json.Indented(new JsonObject
                {
                    ["folder"] = result.Folder,
                    ["changed_tensors"] = result.Changed,
                    ["tensors"] = result.Tensors,
                    ["bytes"] = result.Bytes,
                    ["dtype"] = result.Dtype.ToString(),
                }));
            else
                terminal.Out.WriteLine($"{result.Folder}: {result.Tensors} tensors as {result.Dtype}, {Tables.Bytes(result.Bytes)}; {result.Changed} differ from the base's.");
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            "Writes an adapter into its base model, in float32, and saves an ordinary Hugging Face folder: config.json, model.safetensors (in several files with an index, where it is large), the tokenizer's files and the labels. The folder is there whole or not at all. A value that would not be finite stops the merge. An OUTPUT that ends in .gguf (or --gguf) is one file for llama.cpp and its like.",
            [
                new("peft merge runs/banking77 merged/banking77", "the adapter of a run"),
                new("peft merge assets/models/all-MiniLM-L6-v2 merged/x --adapter my-adapter --dtype float32", "any adapter on any base of its shape"),
                new("peft merge runs/chat merged/chat --max_shard_size 2GB", "in files of at most 2 GB"),
                new("peft merge runs/chat chat.gguf --outtype q8_0", "for llama.cpp"),
            ]);
    }
}
