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
        IReadOnlyList<TunerPlan> plans = pass.Plans;
        for (int i = 0; i < plans.Count; i++)
        {
            if (UserGroup.TryEnter(plans[i].Owners, pass.IsHeld) is not { } gone)
                continue;
            for (int entered = 0; entered < i; entered++)
                UserGroup.Exit(plans[entered].Owners);
            model.Exit();
            throw gone.Disposed();
        }
        return new PassUse(model, pass);
    }

    public void Dispose()
    {
        if (_pass is null)
            return;
        IReadOnlyList<TunerPlan> plans = _pass.Plans;
        for (int i = 0; i < plans.Count; i++)
            UserGroup.Exit(plans[i].Owners);
        _model.Exit();
    }
}
