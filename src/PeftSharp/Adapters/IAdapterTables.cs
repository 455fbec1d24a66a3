using PeftSharp.Models;

namespace PeftSharp.Adapters;

/// <summary>A model whose adapters change while it is used.</summary>
internal interface IAdapterTables
{
    /// <summary>The base model.</summary>
    BaseModel Base { get; }

    /// <summary>The adapters of this moment.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    AdapterTable Table { get; }
}
