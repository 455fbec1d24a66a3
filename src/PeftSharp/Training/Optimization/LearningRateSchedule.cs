namespace PeftSharp.Training;

/// <summary>
/// The learning rate as a share of its peak, as transformers' schedulers give it. With s steps done, w of warm-up and T in
/// all: s / w while s &lt; w, then linear (T − s) / (T − w), or cosine ½ (1 + cos(π (s − w) / (T − w))), or 1.
/// </summary>
public sealed class LearningRateSchedule
{
    private readonly SchedulerType _type;
    private readonly long _warmup, _total;

    /// <summary>The schedule of a run.</summary>
    /// <param name="options">The shape and the warm-up.</param>
    /// <param name="totalSteps">T.</param>
    public LearningRateSchedule(ScheduleOptions options, long totalSteps)
    {
        ArgumentNullException.ThrowIfNull(options);
        _type = options.Type;
        _warmup = _type == SchedulerType.Constant ? 0 : options.WarmupOf(totalSteps);
        _total = totalSteps;
    }

    /// <summary>The share with which a step is taken when so many are done.</summary>
    /// <param name="done">The steps done before, from 0.</param>
    public double Factor(long done)
    {
        if (done < _warmup)
            return (double)done / _warmup;
        double after = Math.Max(1, _total - _warmup);
        return _type switch
        {
            SchedulerType.Linear => Math.Max(0, (_total - done) / after),
            SchedulerType.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * ((done - _warmup) / after)))),
            _ => 1,
        };
    }
}
