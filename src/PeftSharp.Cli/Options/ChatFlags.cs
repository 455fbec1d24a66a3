using System.CommandLine;
using PeftSharp.Data;
using PeftSharp.Text.Chat;
using PeftSharp.Workflows.Loading;
using PeftSharp.Workflows.Tasks;

namespace PeftSharp.Cli.Options;

/// <summary>The flags of verbs that talk to a model by its chat template.</summary>
internal sealed class ChatFlags
{
    private readonly Option<string?> _template = new("--chat_template") { Description = "template in place of the model's: a Jinja file, the name of one of the model's, or chatml", HelpName = "FILE|NAME" };
    private readonly Option<string?> _system = new("--system") { Description = "instructions to the model in front of the conversation", HelpName = "TEXT" };

    public IEnumerable<Option> Options => [_template, _system];

    public string? System(ParseResult parsed) => parsed.GetValue(_system);

    /// <summary>Whether a flag asks for a template.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_template) is not null || parsed.GetValue(_system) is not null;

    /// <summary>The template: the one that is given, else the run's, else the model's.</summary>
    public ChatTemplate Template(ParseResult parsed, LoadedModel model, DataOptions data) => ChatTemplateChoice.Require(
        model.Pretrained.Settings, model.Location.Model, parsed.GetValue(_template) ?? data.ChatTemplate);
}
