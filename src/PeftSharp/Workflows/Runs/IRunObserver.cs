using PeftSharp.Training;

namespace PeftSharp.Workflows.Runs;

/// <summary>Is told what a run does, before and after its training too; each method does nothing unless implemented.</summary>
public interface IRunObserver : ITrainingObserver
{
    /// <summary>The run does something that may take a while.</summary>
    /// <param name="what">Such as <c>encoding 10,003 rows</c>.</param>
    void Stage(string what)
    {
    }

    /// <summary>Something worth knowing that is no fault.</summary>
    /// <param name="message">Such as <c>columns not used: id</c>.</param>
    void Note(string message)
    {
    }
}
