using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using PeftSharp.Cli.Help;
using PeftSharp.Cli.Options;
using PeftSharp.Cli.Rendering;
using PeftSharp.Data;
using PeftSharp.Generation;
using PeftSharp.Text.Chat;
using PeftSharp.Workflows.Chatting;
using PeftSharp.Workflows.Configuration;
using PeftSharp.Workflows.Loading;

namespace PeftSharp.Cli.Verbs;

/// <summary><c>peft generate</c>.</summary>
internal static class GenerateVerb
{
    public static Verb Create(Terminal terminal)
    {
        Argument<string[]> prompts = new("prompt") { HelpName = "PROMPT", Description = "texts to go on from, in quotes", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> file = new("--file") { Description = "rows with prompts, in place of PROMPT: .txt .tsv .csv .jsonl .json", HelpName = "FILE" };
        Option<string> column = new("--prompt") { Description = "column of the prompts in FILE (default: prompt where there is one, else text)", HelpName = "COLUMN" };
        Option<bool> json = SharedOptions.Json("one object a prompt");
        Option<bool> raw = new("--no_chat_template") { Description = "give the prompt to the model as it is, without its chat template" };
        ChatFlags chat = new();
        GenerationFlags generation = new();
        UseOptions use = new(withData: false);
        Command command = new("generate", "goes on from a prompt with a language model") { prompts, file, column, json, raw };
        foreach (Option option in (IEnumerable<Option>)[.. chat.Options, .. generation.Options])
            command.Options.Add(option);
        use.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return new Verb(
            command,
            "Goes on from a prompt with a causal language model, or writes a text for it with an encoder-decoder (T5, BART), with its adapter if it has one. Where the model has a chat template, the prompt is a turn of the user's and the text the answer; --no_chat_template goes on from the prompt as it is. One prompt is streamed as it comes. Without flags the likeliest token is taken each time, unless the model's generation_config.json says otherwise. Names and defaults are those of Hugging Face's GenerationConfig.",
            [
                new("peft generate runs/assistant \"Where is my card?\" --max_new_tokens 64", "the adapter of a run, streamed"),
                new("peft generate models/SmolLM2-135M \"Once upon a time\" --do_sample --temperature 0.7 --top_p 0.9 --seed 1", "a base model, drawn at random"),
                new("peft generate runs/assistant --file prompts.jsonl --num_beams 4 --json", "a file of prompts, four beams, for a program to read"),
            ],
            use.Flags);

        int Run(ParseResult parsed, CancellationToken cancellation)
        {
            string[] texts = Prompts(parsed.GetValue(prompts) ?? [], parsed.GetValue(file), parsed.GetValue(column));
            bool asIs = parsed.GetValue(raw);
            if (asIs && chat.IsGiven(parsed))
                throw new ConfigException("--no_chat_template leaves no place for --chat_template and --system.");
            (LoadedModel model, DataOptions data) = use.Load(terminal, parsed, writes: true);
            using (model)
            {
                // A run was trained on prompts as they are, unless its data were conversations.
                ChatTemplate? template = !asIs && (chat.IsGiven(parsed) || data.IsChat || (model.Location.Config is null && model.Pretrained.Settings.ChatTemplate is not null))
                    ? chat.Template(parsed, model, data)
                    : null;
                using TextGenerator generator = new(model.Model, model.Pretrained.Tokenizer) { AddSpecialTokens = template is null };
                GenerationOptions options = generation.Read(parsed, template is null ? WithEnd(generator.Defaults, model.Pretrained) : ChatPrompts.WithEnd(generator.Defaults, model.Pretrained));
                foreach (string warning in generation.WithoutEffect(parsed, options))
                    terminal.Warn(warning);
                if (model.Pretrained.Model.Folder is { } folder && GenerationFile.UnknownKeys(folder) is { Count: > 0 } unknown)
                    terminal.Warn($"{folder}: its generation_config.json has keys without a meaning: {string.Join(", ", unknown)}.");
                if (template is not null)
                    terminal.Error.WriteLine("note: the prompt is a user's turn in the chat template; --no_chat_template gives it to the model as it is.");
                bool asJson = parsed.GetValue(json);
                bool streams = texts.Length == 1 && !asJson && options is { NumBeams: 1, NumReturnSequences: 1 };
                for (int first = 0; first < texts.Length; first += use.BatchSize(parsed))
                {
                    string[] batch = [.. texts.Skip(first).Take(use.BatchSize(parsed))];
                    string[] written = template is null ? batch : [.. batch.Select(text => ChatPrompts.Of(template, ChatPrompts.Turn(chat.System(parsed), text)))];
                    IReadOnlyList<GenerationResult> results = generator.Run(written, options, onText: streams ? (_, piece) => Stream(terminal, piece) : null, cancellationToken: cancellation);
                    for (int i = 0; i < results.Count; i++)
                        Write(terminal, batch[i / options.NumReturnSequences], results[i], asJson, streams);
                }
            }
            return ExitCodes.Success;
        }
    }

    /// <summary>A model whose files name no end token stops at its tokenizer's.</summary>
    private static GenerationOptions WithEnd(GenerationOptions options, PretrainedModel pretrained) =>
        options.EosTokenIds is null && pretrained.Settings.EosToken is { } end && pretrained.Tokenizer.TokenToId(end) is { } id
            ? options with { EosTokenIds = [id] }
            : options;

    private static string[] Prompts(string[] given, string? file, string? column)
    {
        if (given.Length == 0 == file is null)
            throw new ConfigException(file is null ? "there is no prompt; give it after the model, or --file FILE." : "give prompts or --file, not both.");
        if (file is null)
            return given;
        Dataset rows = Dataset.Load(file);
        string name = column ?? (rows[0].Has("prompt") ? "prompt" : "text");
        return [.. rows.Select(row => row.Text(name))];
    }

    private static void Stream(Terminal terminal, string piece)
    {
        terminal.Out.Write(piece);
        terminal.Out.Flush();
    }

    private static void Write(Terminal terminal, string prompt, GenerationResult result, bool asJson, bool streamed)
    {
        if (asJson)
            terminal.Out.WriteLine(Json.Line(new JsonObject
            {
                ["prompt"] = prompt,
                ["text"] = result.Text,
                ["finish_reason"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(result.FinishReason.ToString()),
                ["prompt_tokens"] = result.PromptTokens,
                ["completion_tokens"] = result.CompletionTokens,
            }));
        else
            terminal.Out.WriteLine(streamed ? "" : result.Text);
    }
}
