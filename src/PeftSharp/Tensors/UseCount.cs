namespace PeftSharp.Tensors;

/// <summary>
/// Counts the users of something that must not be freed under them. Closing it lets nobody in any more and frees it at once
/// or, where it is in use, with the last user. Safe for any number of threads; entering and leaving allocate nothing.
/// </summary>
/// <param name="owner">What is used, for messages.</param>
/// <param name="free">Frees it; called once, by the thread that ends the last use.</param>
internal sealed class UseCount(object owner, Action free)
{
    /// <summary>The sign says that it is closed, the rest is the number of users.</summary>
    private const int Closed = int.MinValue;

    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>True once <see cref="Close"/> was called.</summary>
    public bool IsClosed => Volatile.Read(ref _state) < 0;

    /// <summary>Ends when it has been freed.</summary>
    public Task Freed => _freed.Task;

    /// <summary>Begins a use; each needs an <see cref="Exit"/>.</summary>
    /// <param name="whileHeld">True for a part of a use that began before: it may go on after the closing.</param>
    /// <returns>False if it is closed.</returns>
    public bool TryEnter(bool whileHeld = false)
    {
        int state = Volatile.Read(ref _state);
        while (state >= 0 || (whileHeld && state != Closed))
        {
            int seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
                return true;
            state = seen;
        }
        return false;
    }

    /// <summary>Begins a use that ends with the result's disposal.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public Use Enter() => TryEnter() ? new Use(this) : throw Disposed();

    /// <summary>Ends a use.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _state) == Closed)
            Free();
    }

    /// <summary>Lets nobody in any more; a second time it does nothing.</summary>
    public void Close()
    {
        if (Interlocked.Or(ref _state, Closed) == 0)
            Free();
    }

    /// <summary>The error of a use after the closing.</summary>
    public ObjectDisposedException Disposed() => new(owner.GetType().FullName);

    private void Free()
    {
        try
        {
            free();
        }
        finally
        {
            _freed.SetResult();
        }
    }

    /// <summary>One use.</summary>
    internal readonly struct Use(UseCount count) : IDisposable
    {
        public void Dispose() => count.Exit();
    }
}
