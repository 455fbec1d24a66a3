using Xunit.Sdk;
using Xunit.v3;

// Training seeds torch's one generator, so runs must not overlap.
[assembly: Parallelization(Mode = ParallelMode.None)]
