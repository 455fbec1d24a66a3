using Xunit;

namespace PeftSharp.Tests.Tensors;

/// <summary>Tests that count something of the whole process: live tensors, mappings, page faults. They run with no other beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
