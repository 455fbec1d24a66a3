using PeftSharp.Tensors;

namespace PeftSharp.Models;

/// <summary>Keeps a base and what the plans of a pass refer to from being freed, until it is disposed. Allocates nothing.</summary>
internal readonly struct PassUse : IDisposable
{
    private readonly UseCount _model;
    private readonly Pass? _pass;

    private PassUse(UseCount model, Pass? pass) => (_model, _pass) = (model, pass);

    /// <summary>Begins the use.</summary>
    /// <exception cref="ObjectDisposedException">The base was disposed, or an adapter of the pass removed.</exception>
    public static PassUse Begin(UseCount model, Pass pass)
    {
        if (!model.TryEnter(pass.IsHeld))
            throw model.Disposed();
        if (TryEnter(pass) is { } gone)
        {
            model.Exit();
            throw gone.Disposed();
        }
        return new PassUse(model, pass);
    }

    public void Dispose()
    {
        if (_pass is null)
            return;
        if (_pass.Rows is not { } rows)
            UserGroup.Exit(_pass.Plan.Owners);
        else
            for (int i = 0; i < rows.Plans.Count; i++)
                UserGroup.Exit(rows.Plans[i].Owners);
        _model.Exit();
    }

    /// <returns>Null, or what is closed; then nothing is in use.</returns>
    private static UseCount? TryEnter(Pass pass)
    {
        if (pass.Rows is not { } rows)
            return UserGroup.TryEnter(pass.Plan.Owners, pass.IsHeld);
        for (int i = 0; i < rows.Plans.Count; i++)
        {
            if (UserGroup.TryEnter(rows.Plans[i].Owners, pass.IsHeld) is not { } gone)
                continue;
            for (int entered = 0; entered < i; entered++)
                UserGroup.Exit(rows.Plans[entered].Owners);
            return gone;
        }
        return null;
    }
}
