using PeftSharp.Models;
using PeftSharp.Models.Nodes;

namespace PeftSharp.Adapters;

/// <summary>
/// HF's <c>modules_to_save</c>: modules that train whole. A name means every module whose path ends in it, inside a word
/// too (<c>norm</c> is <c>input_layernorm</c> as well; <c>_set_trainable</c> in peft's utils/other.py), with all that
/// lies in the module. What is named so is never adapted.
/// </summary>
internal static class ModulesToSave
{
    /// <summary>The heads that HF adds to the list for a task (peft_model.py); null for tasks without one.</summary>
    public static IReadOnlyList<string>? HeadsOf(TaskType? task) => task switch
    {
        TaskType.SequenceClassification or TaskType.TokenClassification => ["classifier", "score"],
        TaskType.QuestionAnswering => ["qa_outputs"],
        _ => null,
    };

    /// <summary>The modules of a model's head that none of the usual names means: <c>classification_head</c> of BART and T5.</summary>
    public static IEnumerable<string> OtherHeadsOf(BaseModel model, IReadOnlyList<string> named) => model.Nodes.OfType<Linear>()
        .Where(node => node.IsHead && WrapperOf(named, node.Path) is null)
        .Select(node => node.Path.Split('.')[0])
        .Distinct(StringComparer.Ordinal);

    /// <summary>A list with further names, each once.</summary>
    public static IReadOnlyList<string>? With(IReadOnlyList<string>? names, IReadOnlyList<string>? more) =>
        more is not { Count: > 0 } ? names : [.. names ?? [], .. more.Except(names ?? [], StringComparer.Ordinal)];

    /// <summary>The outermost module named that holds the module of a path, or is it; null where none does.</summary>
    public static string? WrapperOf(IReadOnlyList<string>? names, string modulePath)
    {
        if (names is not { Count: > 0 })
            return null;
        for (int end = modulePath.IndexOf('.'); ; end = modulePath.IndexOf('.', end + 1))
        {
            string module = end < 0 ? modulePath : modulePath[..end];
            if (names.Any(name => module.EndsWith(name, StringComparison.Ordinal)))
                return module;
            if (end < 0)
                return null;
        }
    }

    /// <summary>True for a path that methods leave alone: a module named, whole or as an ending of the path, or one inside (<c>check_target_module_exists</c>).</summary>
    public static bool Excludes(IReadOnlyList<string>? names, string path) =>
        names is { Count: > 0 } && names.Any(name => PythonRegex.Match($@"(^|.*\.){name}($|\..*)", path));

    /// <exception cref="PeftException">A name is empty, which would mean every module.</exception>
    public static void Check(IReadOnlyList<string>? names)
    {
        if (names is not null && names.Any(string.IsNullOrWhiteSpace))
            throw new PeftException("modules_to_save has an empty name, which would be every module; take it out, or train all with peft_type FULL.");
    }
}
