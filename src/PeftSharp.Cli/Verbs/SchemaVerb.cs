using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Rendering;
using PeftSharp.Workflows.Configuration;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft schema</c>.</summary>
internal static class SchemaVerb
{
    public static Verb Create(Terminal terminal)
    {
        Command command = new("schema", "writes the JSON schema of the configuration, for editors");
        command.SetAction(_ =>
        {
            terminal.Out.WriteLine(Json.Indented(JsonSchemaWriter.Write(ConfigSchema.OfTraining)));
            return ExitCodes.Success;
        });
        return new Verb(
            command,
            "Writes the JSON schema of the YAML file of a run. With it an editor completes the keys, shows what they mean and their defaults, and marks what is wrong: in VS Code's YAML extension (and any other with its language server) by a first line \"# yaml-language-server: $schema=peft.schema.json\" in the YAML file.",
            [new("peft schema > peft.schema.json", "for # yaml-language-server: $schema=peft.schema.json")]);
    }
}
