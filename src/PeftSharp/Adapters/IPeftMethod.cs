using PeftSharp.IO;

namespace PeftSharp.Adapters;

/// <summary>A parameter-efficient method: how its options are read and which tuners it plugs into which slots.</summary>
internal interface IPeftMethod
{
    /// <summary>The value of <c>peft_type</c>.</summary>
    string PeftType { get; }

    /// <summary>Reads and validates the method's options.</summary>
    PeftOptions Read(JsonSettings settings);

    /// <summary>Plugs the method into a model.</summary>
    void Build(AdapterBuilder builder, PeftOptions options);
}
