using System.Text.Json;
using PeftSharp.Adapters;
using PeftSharp.Kernels;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Parity;

/// <summary>The fixture's training: a few AdamW steps on its own batch.</summary>
/// <param name="Losses">The loss before each step.</param>
/// <param name="Final">The values of every trainable parameter after the last step, by the reference's names.</param>
internal sealed record FiveSteps(float[] Losses, IReadOnlyDictionary<string, float[]> Final)
{
    /// <summary>Trains a case.</summary>
    /// <param name="name">The case.</param>
    /// <param name="disturb">Called with the gradients before each step, or null.</param>
    /// <param name="later">A term of the loss that counts from the second step on and is not part of the losses, or null.</param>
    public static FiveSteps Run(string name, Action<Tensor[]>? disturb = null, Func<Adapter, Tensor>? later = null)
    {
        using GoldenCase golden = GoldenCase.OpenForTraining(name);
        // The reference took its gradients before the steps, which cools a fusion's temperature once; its regularised losses were made alone.
        if (HubCases.IsFusion(golden.Folder) && later is null)
            golden.Loss().Dispose();
        JsonElement settings = golden.Optimizer;
        JsonElement betas = settings.GetProperty("betas");
        using var scope = NewDisposeScope();
        // A parameter that never gets a gradient is not the optimizer's, as in torch.
        TrainableTensor[] stepped =
            [.. golden.Adapter!.Trainable.Where(tensor => !golden.NamesWithoutGradient.Contains(golden.ParameterName(tensor)))];
        Tensor[] values = [.. stepped.Select(tensor => tensor.Value)];
        Tensor[] means = [.. values.Select(value => zeros_like(value))];
        Tensor[] squares = [.. values.Select(value => zeros_like(value))];
        float[] losses = new float[golden.Expected("step_losses").numel()];
        golden.Adapter.Hook?.Begin(losses.Length);
        for (int step = 1; step <= losses.Length; step++)
        {
            golden.Adapter.Hook?.BeforeStep();
            using Tensor loss = golden.Loss();
            losses[step - 1] = loss.item<float>();
            loss.backward();
            if (later is not null && step > 1)
            {
                using Tensor term = later(golden.Adapter);
                term.backward();
            }
            Tensor[] gradients = [.. values.Select(value => value.grad!)];
            disturb?.Invoke(gradients);
            AdamW.Step(
                values, gradients, means, squares, step,
                settings.GetProperty("lr").GetDouble(), betas[0].GetDouble(), betas[1].GetDouble(),
                settings.GetProperty("eps").GetDouble(), settings.GetProperty("weight_decay").GetDouble());
            golden.Adapter.Hook?.AfterStep(step - 1);
            foreach (Tensor gradient in gradients)
                gradient.zero_();
        }
        return new FiveSteps(losses, stepped.ToDictionary(golden.ParameterName, tensor => tensor.Value.detach().data<float>().ToArray()));
    }
}
