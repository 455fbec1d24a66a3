using PeftSharp.Data;

namespace PeftSharp.Training;

/// <summary>
/// Which rows form the micro-batches of each optimizer step: a pure function of the step, so that a resumed run goes on
/// with the rows it would have seen.
/// </summary>
internal sealed class TrainingPlan
{
    private readonly int[] _lengths;
    private readonly BatchOptions _options;
    private readonly ulong _seed;
    private readonly int _stepRows;
    private BatchPlan? _epoch;
    private int _epochNumber = -1;

    public TrainingPlan(IReadOnlyList<EncodedExample> examples, TrainingOptions options)
    {
        _lengths = [.. examples.Select(example => example.Length)];
        _options = options.Batches;
        _seed = unchecked((ulong)options.Seed);
        // A step longer than the data is one step over all of it.
        _stepRows = (int)Math.Clamp((long)_options.TrainSize * _options.Accumulation, 1, Math.Max(1, _lengths.Length));
        RowsPerEpoch = _options.DropLast ? _lengths.Length / _options.TrainSize * _options.TrainSize : _lengths.Length;
        StepsPerEpoch = (RowsPerEpoch + _stepRows - 1) / _stepRows;
        TotalSteps = options.Duration.MaxSteps > 0
            ? options.Duration.MaxSteps
            : (long)Math.Ceiling(options.Duration.Epochs * StepsPerEpoch);
    }

    /// <summary>The rows that an epoch visits.</summary>
    public int RowsPerEpoch { get; }

    /// <summary>Optimizer steps of an epoch; 0 where no batch is left.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Optimizer steps of the run.</summary>
    public long TotalSteps { get; }

    /// <summary>Epochs seen after so many steps.</summary>
    public double EpochAfter(long steps) => (double)steps / StepsPerEpoch;

    /// <summary>The micro-batches of a step, from 0: indices of examples.</summary>
    public IReadOnlyList<int[]> this[long step]
    {
        get
        {
            int epoch = checked((int)(step / StepsPerEpoch));
            if (_epoch is null || epoch != _epochNumber)
            {
                _epoch = BatchPlan.ForTraining(_lengths, _stepRows, _seed, epoch, _options.GroupByLength);
                _epochNumber = epoch;
            }
            int first = (int)(step % StepsPerEpoch) * _stepRows;
            ReadOnlySpan<int> rows = _epoch[first / _stepRows];
            rows = rows[..Math.Min(rows.Length, RowsPerEpoch - first)];
            List<int[]> parts = [];
            for (int at = 0; at < rows.Length; at += _options.TrainSize)
                parts.Add(rows[at..Math.Min(rows.Length, at + _options.TrainSize)].ToArray());
            return parts;
        }
    }
}
