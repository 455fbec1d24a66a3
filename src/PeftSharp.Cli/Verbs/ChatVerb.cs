using System.CommandLine;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Data;
using PeftSharp.Generation;
using PeftSharp.Workflows.Chatting;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft chat</c>.</summary>
internal static class ChatVerb
{
    public static Verb Create(Terminal terminal)
    {
        Option<string[]> more = new("--adapters") { Description = "further adapters to switch to with /adapter NAME, as NAME=FOLDER", HelpName = "NAME=FOLDER", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };
        ChatFlags chat = new();
        GenerationFlags generation = new();
        UseOptions use = new(withData: false);
        Command command = new("chat", "talks with a language model") { more };
        foreach (Option option in (IEnumerable<Option>)[.. chat.Options, .. generation.Options])
            command.Options.Add(option);
        use.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return new Verb(
            command,
            "Talks with a causal language model by its chat template: answers come as they are generated, and the conversation is kept. A line is a turn; what another program writes to it is read a line a turn. Lines that begin with / are commands: /help lists them. Ctrl-C stops an answer; at the prompt it ends the program.",
            [
                new("peft chat models/SmolLM2-135M-Instruct", "talks with an instruct model"),
                new("peft chat models/SmolLM2-135M-Instruct --adapters bank=runs/bank pirate=runs/pirate", "switches with /adapter bank, /adapter none"),
                new("peft chat runs/assistant --system \"Answer in one sentence.\" --do_sample --temperature 0.7", "the adapter of a run, with instructions"),
            ],
            use.Flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            (LoadedModel model, DataOptions data) = use.Load(terminal, parsed, writes: true);
            using (model)
            {
                foreach (string adapter in parsed.GetValue(more) ?? [])
                    Load(model, adapter);
                GenerationOptions defaults;
                using (TextGenerator generator = new(model.Model, model.Pretrained.Tokenizer))
                    defaults = generator.Defaults;
                GenerationOptions options = generation.Read(parsed, ChatPrompts.WithEnd(defaults, model.Pretrained));
                if (options.NumBeams > 1 || options.NumReturnSequences > 1)
                    throw new ConfigException("a chat shows one answer as it comes; num_beams and num_return_sequences must be 1.");
                foreach (string warning in generation.WithoutEffect(parsed, options))
                    terminal.Warn(warning);
                using ChatSession session = new(model, chat.Template(parsed, model, data), options) { System = chat.System(parsed) };
                new ChatLoop(terminal, model.Model, session).Run(cancellation);
            }
            return ExitCodes.Success;
        }
    }

    private static void Load(LoadedModel model, string given)
    {
        int mark = given.IndexOf('=', StringComparison.Ordinal);
        if (mark < 1 || mark == given.Length - 1)
            throw new ConfigException($"--adapters {given}: an adapter is given as NAME=FOLDER.");
        string name = given[..mark];
        if (name == ChatLoop.NoAdapter || model.Model.Adapters.ContainsKey(name))
            throw new ConfigException($"--adapters {given}: the name \"{name}\" is taken; give another.");
        ModelLocation place = ModelLocation.Resolve(model.Location.Model, given[(mark + 1)..]);
        model.Model.LoadAdapter(place.Adapter!, name);
    }
}
