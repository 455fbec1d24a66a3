namespace PeftSharp.Tensors;

/// <summary>
/// The calls that run on an object that many threads share. Once it is closed new ones are refused, and what the object owns
/// is freed when the last one ends. Entering and leaving allocate nothing, unless the call brings a token of its own.
/// </summary>
internal sealed class CallGate : IDisposable
{
    /// <summary>How long <see cref="CloseAsync"/> waits where nothing else is said.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    private readonly UseCount _users;
    private readonly Action _cancel;
    private readonly CancellationToken _stopping;

    /// <param name="owner">The object, for messages.</param>
    /// <param name="free">Frees what it owns.</param>
    public CallGate(object owner, Action free)
    {
        _users = new UseCount(owner, free);
        // Without timer or handle there is nothing in it to dispose.
        CancellationTokenSource stop = new();
        _cancel = stop.Cancel;
        _stopping = stop.Token;
    }

    /// <summary>Begins a call, which ends with the result's disposal.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public Call Enter(CancellationToken cancellation = default)
    {
        UseCount.Use use = _users.Enter();
        return cancellation.CanBeCanceled
            ? new Call(use, CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping))
            : new Call(use, _stopping);
    }

    /// <summary>Refuses new calls; the running ones end by themselves.</summary>
    public void Dispose() => _users.Close();

    /// <summary>Refuses new calls and waits for the running ones; after the limit they are cancelled, and waited for.</summary>
    public async ValueTask CloseAsync(TimeSpan limit)
    {
        _users.Close();
        try
        {
            await _users.Freed.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _cancel();
            await _users.Freed.ConfigureAwait(false);
        }
    }

    /// <summary>One call.</summary>
    internal readonly struct Call : IDisposable
    {
        private readonly UseCount.Use _use;
        private readonly CancellationTokenSource? _linked;

        public Call(UseCount.Use use, CancellationToken token) => (_use, Token) = (use, token);

        public Call(UseCount.Use use, CancellationTokenSource linked) => (_use, _linked, Token) = (use, linked, linked.Token);

        /// <summary>The caller's wish to stop, or the object's.</summary>
        public CancellationToken Token { get; }

        public void Dispose()
        {
            _linked?.Dispose();
            _use.Dispose();
        }
    }
}
