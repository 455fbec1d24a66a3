using PeftSharp.Models;
using PeftSharp.Tensors;

namespace PeftSharp.Adapters;

/// <summary>
/// One use of a model, however many passes it takes: until it is disposed, the base and the adapters that were there at its
/// begin stay, and removing or replacing one frees it when the last such use ends. Allocates nothing.
/// </summary>
internal readonly struct AdapterHold : IDisposable
{
    private readonly IAdapterTables _model;
    private readonly AdapterTable _table;

    private AdapterHold(IAdapterTables model, AdapterTable table) => (_model, _table) = (model, table);

    /// <summary>What a call without a composition uses.</summary>
    public Composition Active => _table.Active;

    /// <summary>True if calls without a composition run on merged weights.</summary>
    public bool IsMerged => _table.Merged is not null;

    /// <summary>Begins the use.</summary>
    /// <exception cref="ObjectDisposedException">The model or its base was disposed.</exception>
    public static AdapterHold Begin(IAdapterTables model)
    {
        if (!model.Base.Users.TryEnter())
            throw model.Base.Users.Disposed();
        try
        {
            while (true)
            {
                // What was removed meanwhile is not in the next table.
                AdapterTable table = model.Table;
                if (UserGroup.TryEnter(table.Owners) is null)
                    return new AdapterHold(model, table);
                Thread.Yield();
            }
        }
        catch
        {
            model.Base.Users.Exit();
            throw;
        }
    }

    /// <summary>The adapter of a name.</summary>
    /// <exception cref="AdapterNotFoundException">There is none.</exception>
    public Adapter Find(string name) => _table.Find(name);

    /// <summary>A pass that may be used until this ends; see <see cref="PeftModel.Pass"/>.</summary>
    public Pass Pass(Composition? composition = null, bool training = false, bool gradientCheckpointing = false) =>
        _table.Pass(composition, training, gradientCheckpointing, isHeld: true);

    /// <summary>A pass for a batch that the composition repeats.</summary>
    public Pass PassOf(Composition composition, int batch) => _table.PassOf(composition, batch, training: false, gradientCheckpointing: false, isHeld: true);

    public void Dispose()
    {
        UserGroup.Exit(_table.Owners);
        _model.Base.Users.Exit();
    }
}
