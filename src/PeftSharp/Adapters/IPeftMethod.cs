using PeftSharp.IO;
using PeftSharp.Models;

namespace PeftSharp.Adapters;

/// <summary>A parameter-efficient method: how its options are read and which tuners it plugs into which slots.</summary>
internal interface IPeftMethod
{
    /// <summary>The value of <c>peft_type</c>.</summary>
    string PeftType { get; }

    /// <summary>The keys of its own that a configuration file may have; keys that several methods share need only one to name them.</summary>
    IReadOnlyList<OptionKey> Keys => [];

    /// <summary>True where HF's config of the method has <c>modules_to_save</c>.</summary>
    bool SavesModules => true;

    /// <summary>Reads and validates the method's options.</summary>
    PeftOptions Read(JsonSettings settings);

    /// <summary>What stands before the names of the model's modules in the saved file.</summary>
    string KeyPrefix => "base_model.model.";

    /// <summary>Fills in what the options leave to the model: the usual target modules.</summary>
    /// <exception cref="PeftException">They are for a model of another shape or task.</exception>
    PeftOptions Resolve(BaseModel model, PeftOptions options) => options;

    /// <summary>Plugs the method into a model.</summary>
    void Build(AdapterBuilder builder, PeftOptions options);
}
