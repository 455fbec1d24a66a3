namespace PeftSharp.Training;

/// <summary>Is told what happens in a run, on the thread that trains; each method does nothing unless implemented.</summary>
public interface ITrainingObserver
{
    /// <summary>Training is about to begin.</summary>
    void Started(TrainingStart start)
    {
    }

    /// <summary>An optimizer step was taken.</summary>
    void Step(StepReport report)
    {
    }

    /// <summary>An entry of the log: every <c>logging_steps</c> and after the last step.</summary>
    void Logged(LogEntry entry)
    {
    }

    /// <summary>An evaluation is about to begin.</summary>
    void Evaluating(long step)
    {
    }

    /// <summary>An evaluation was made.</summary>
    void Evaluated(EvaluationReport report)
    {
    }

    /// <summary>A checkpoint was written.</summary>
    void CheckpointWritten(long step, string path)
    {
    }

    /// <summary>Something that the user should know.</summary>
    void Warning(string message)
    {
    }

    /// <summary>Training ended, or was stopped.</summary>
    void Finished(TrainingResult result)
    {
    }
}
