using PeftSharp.IO;
using PeftSharp.Methods;
using PeftSharp.Testing;
using PeftSharp.Tests.Training;
using PeftSharp.Training;
using Xunit;

namespace PeftSharp.Tests.Properties;

/// <summary>Training with drawn settings goes on after an interruption as if there had been none.</summary>
[Trait("Category", "Slow")]
[Collection(SeededTorch.Name)]
public sealed class DrawnSettingsResumeTests
{
    private const int Draws = 20, Steps = 5, StopAt = 2;

    public static TheoryData<string> Families => DrawnSettingsTests.Families;

    [Theory, MemberData(nameof(Families))]
    public void Train_WithDrawnSettingsStoppedAndResumed_EndsWithTheSameBits(string family) =>
        DrawnSettings.For(family).Any.SampleSeeded(settings =>
        {
            using TemporaryFolder folder = new();
            if (Train(family, settings, folder.At("whole")) is not { } whole)
                return;
            Train(family, settings, folder.At("parts"), stopAt: StopAt);
            Assert.Equal(whole, Train(family, settings, folder.At("parts"), resume: CheckpointOptions.Latest));
        }, iter: Draws, threads: 1, print: settings => settings);

    /// <summary>The trained values; null where the settings are refused.</summary>
    private static float[]? Train(string family, string settings, string folder, int? stopAt = null, string? resume = null)
    {
        TinyModel tiny;
        try
        {
            tiny = TinyModel.Open(family, PeftMethods.Read(JsonSettings.Parse(settings, "drawn")));
        }
        catch (PeftException)
        {
            return null;
        }
        using (tiny)
        {
            using CancellationTokenSource stop = new();
            RecordingObserver observer = new()
            {
                OnStep = report =>
                {
                    if (report.Step == stopAt)
                        stop.Cancel();
                },
            };
            tiny.Train(tiny.Data(16), Runs.Saving(folder, Steps, every: 100, resume: resume), observer, stop);
            return tiny.Weights();
        }
    }
}
