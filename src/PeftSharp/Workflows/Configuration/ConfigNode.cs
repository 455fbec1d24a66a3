namespace PeftSharp.Workflows.Configuration;

/// <summary>A value as the user wrote it, before it is known what it should be: one of the nested records.</summary>
/// <param name="Place">Where it stands, for messages: <c>run.yaml, line 3</c> or <c>--learning_rate</c>.</param>
internal abstract record ConfigNode(string Place)
{
    /// <summary>A scalar.</summary>
    /// <param name="Text">Without quotes.</param>
    /// <param name="Plain">True if it was not quoted, so that it may be a number, true, false or null.</param>
    /// <param name="Place"><inheritdoc cref="ConfigNode" path="/param"/></param>
    public sealed record Scalar(string Text, bool Plain, string Place) : ConfigNode(Place)
    {
        /// <summary>True for what YAML's core schema reads as null.</summary>
        public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
    }

    /// <summary>A list.</summary>
    public sealed record List(IReadOnlyList<ConfigNode> Items, string Place) : ConfigNode(Place);

    /// <summary>A mapping, in the order of the file.</summary>
    public sealed record Map(IReadOnlyList<KeyValuePair<string, ConfigNode>> Members, string Place) : ConfigNode(Place);

    /// <summary>How many nodes it is made of.</summary>
    public int Count => this switch
    {
        List list => 1 + list.Items.Sum(item => item.Count),
        Map map => 1 + map.Members.Sum(member => member.Value.Count),
        _ => 1,
    };

    /// <summary>The value in the words of a message.</summary>
    public string Describe() => this switch
    {
        Scalar { IsNull: true } => "null",
        Scalar scalar => $"\"{(scalar.Text.Length <= 60 ? scalar.Text : scalar.Text[..60] + "...")}\"",
        List list => $"a list of {list.Items.Count}",
        _ => "a mapping",
    };
}
