using PeftSharp.Tensors.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PeftSharp.Kernels;

/// <summary>
/// Operators of libtorch that TorchSharp has no method for, reached through TorchScript. A script that does not compile
/// ends the process, so all of them stand here as constant text, and nothing is ever built from input.
/// </summary>
internal static class Scripts
{
    private const string Source = """
        def adamw(params: List[Tensor], grads: List[Tensor], means: List[Tensor], squares: List[Tensor], steps: List[Tensor], lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            none: List[Tensor] = []
            torch._fused_adamw_(params, grads, means, squares, none, steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)
            return steps[0]

        def total_norm(grads: List[Tensor]):
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads)))

        def scale_all(grads: List[Tensor], factor: float):
            torch._foreach_mul_(grads, factor)
            return grads[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> _unit = new(() =>
    {
        NativeLoader.EnsureLoaded();
        return jit.compile(Source);
    });

    /// <summary>Runs a script by name.</summary>
    public static object Invoke(string name, params object[] arguments)
    {
        // A number would become a native scalar that may be finalized while the script reads it.
        object[] held = [.. arguments.Select(argument => argument is double number ? number.ToScalar() : argument)];
        object result = _unit.Value.invoke(name, held);
        GC.KeepAlive(held);
        return result;
    }
}
