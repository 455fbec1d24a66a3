using PeftSharp.Text.Chat.Jinja.Runtime;
using PeftSharp.Text.Chat.Jinja.Values;

namespace PeftSharp.Text.Chat.Jinja.Filters;

/// <summary>A filter: <c>value | name(arguments)</c>.</summary>
internal delegate Value Filter(Value value, Arguments arguments, Run run);

/// <summary>The filters by name.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Filter> s_filters = new(
        TextFilters.All.Concat(NumberFilters.All).Concat(ItemFilters.All).Concat(SelectFilters.All).Concat(ValueFilters.All),
        StringComparer.Ordinal);

    /// <summary>Filters of Jinja that no chat template needs, or whose result is not the same each time.</summary>
    private static readonly HashSet<string> s_unsupported =
        ["filesizeformat", "pprint", "random", "striptags", "urlize", "wordwrap", "xmlattr"];

    public static bool Has(string name) => s_filters.ContainsKey(name);

    public static Filter Get(string name) => s_filters.TryGetValue(name, out Filter? filter) ? filter
        : s_unsupported.Contains(name) ? throw new TemplateFault($"the filter '{name}' is not supported in chat templates")
        : throw new TemplateFault($"there is no filter '{name}'");
}
