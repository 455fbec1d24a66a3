using System.Text.Json.Nodes;

namespace PeftSharp.Data;

/// <summary>
/// The columns of a conversation: a list of messages (<c>role</c> and <c>content</c>, or ShareGPT's <c>from</c> and
/// <c>value</c>), or a prompt and its answer, each a text or a list of messages. The columns <c>system</c> and <c>tools</c>
/// are read where a file has them.
/// </summary>
public sealed record ChatColumns
{
    private const string System = "system";
    private const string Tools = "tools";
    private const string Role = "role";
    private const string Content = "content";

    /// <summary>The column of the messages.</summary>
    public string? Messages { get; init; }

    /// <summary>The column of what is asked, where there is none of messages.</summary>
    public string? Prompt { get; init; }

    /// <summary>The column of the answer.</summary>
    public string? Completion { get; init; }

    /// <summary>The column of what an instruction is about; it follows the prompt on a line of its own.</summary>
    public string? Input { get; init; }

    /// <summary>The columns of this row that are read.</summary>
    public IEnumerable<string> Used => ((string?[])[Messages, Prompt, Completion, Input, System, Tools]).OfType<string>();

    /// <summary>True if a value looks like a conversation: a list of objects that each say whose words they are.</summary>
    public static bool IsConversation(DataValue value) =>
        value.List is { Count: > 0 } list
        && list.All(item => item.Members is { } members && (members.ContainsKey(Role) || members.ContainsKey("from")));

    /// <summary>The conversation of a row.</summary>
    /// <exception cref="InvalidDataException">A column is missing, or does not hold a conversation in which the assistant speaks.</exception>
    public ChatSample Read(DataRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        List<JsonObject> messages = Messages is not null
            ? ReadList(row, Messages)
            : [.. Side(row, Prompt ?? "prompt", "user"), .. Side(row, Completion ?? "completion", "assistant")];
        if (row.Has(System) && row[System] is { Kind: DataKind.Text, Scalar: { Length: > 0 } instructions }
            && !messages.Any(message => (string?)message[Role] == System))
            messages.Insert(0, new JsonObject { [Role] = System, [Content] = instructions });
        if (!messages.Any(message => (string?)message[Role] == "assistant"))
            throw row.Place.Fault("no assistant turn", "the conversation has no message of the assistant, so there is nothing to learn.");
        return new ChatSample(messages, ToolsOf(row), row.Place);
    }

    private List<JsonObject> Side(DataRow row, string column, string role)
    {
        if (row[column].Kind == DataKind.List)
            return ReadList(row, column);
        string text = row.Text(column);
        if (role == "assistant" && string.IsNullOrWhiteSpace(text))
            throw row.Place.Fault("an empty completion", $"an empty completion, column \"{column}\".");
        if (role == "user" && Input is not null && row.Has(Input) && row[Input].Kind != DataKind.Null && row.Text(Input) is { Length: > 0 } input)
            text += "\n" + input;
        return [new JsonObject { [Role] = role, [Content] = text }];
    }

    private static List<JsonObject> ReadList(DataRow row, string column)
    {
        DataValue value = row[column];
        // A CSV or a careless export has the list as text.
        if (value.Kind == DataKind.Text && ParsedList(value.Scalar!) is { } parsed)
            return [.. parsed.Select((message, i) => Message(row, message as JsonObject, $"{column}[{i}]"))];
        if (value.List is not { Count: > 0 } list)
            throw row.Wrong(column, "a list of messages", value);
        return [.. list.Select((message, i) => Message(row, message.ToJson() as JsonObject, $"{column}[{i}]"))];
    }

    private static JsonArray? ParsedList(string text)
    {
        try
        {
            return text.TrimStart().StartsWith('[') ? JsonNode.Parse(text) as JsonArray : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null; // It is said below that this is no list of messages.
        }
    }

    private static JsonObject Message(DataRow row, JsonObject? message, string place)
    {
        if (message is null)
            throw row.Place.Fault("a message that is no object", $"{place} is no message: an object with \"role\" and \"content\", or \"from\" and \"value\".");
        JsonObject given = message;
        // Each key stays in its place: a template may print the whole message.
        string Name(string key) => key switch
        {
            "from" when !given.ContainsKey(Role) => Role,
            "value" when !given.ContainsKey(Content) => Content,
            _ => key,
        };
        message = new JsonObject(given.Select(member => KeyValuePair.Create(Name(member.Key), member.Value?.DeepClone())));
        if (message[Role] is not JsonValue name || !name.TryGetValue(out string? role))
            throw row.Place.Fault("a message without a role", $"{place} does not say whose words it is; it needs \"role\" (or ShareGPT's \"from\").");
        message[Role] = Known(role);
        return message;
    }

    /// <summary>The roles of templates for those that data sets have.</summary>
    private static string Known(string role) => role switch
    {
        "human" => "user",
        "gpt" or "chatgpt" or "bing" or "bard" or "model" => "assistant",
        "observation" => "tool",
        _ => role,
    };

    private static JsonArray? ToolsOf(DataRow row)
    {
        if (!row.Has(Tools))
            return null;
        DataValue value = row[Tools];
        return (value.Kind == DataKind.Text ? ParsedList(value.Scalar!) : value.ToJson() as JsonArray) is { Count: > 0 } tools ? tools : null;
    }
}

/// <summary>A conversation to learn.</summary>
/// <param name="Messages">Its messages, each with a <c>role</c>.</param>
/// <param name="Tools">The tools that the assistant may call, or null.</param>
/// <param name="Place">Where it stands.</param>
public sealed record ChatSample(IReadOnlyList<JsonObject> Messages, JsonArray? Tools, RowPlace Place);
