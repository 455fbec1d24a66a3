using PeftSharp.Generation;
using PeftSharp.Tests.Parity;
using Xunit;
using static TorchSharp.torch;

namespace PeftSharp.Tests.Generation;

public sealed class TokenGeneratorTests
{
    public static TheoryData<string> GreedyCases => [.. GoldenCases.With("greedy")];

    public static TheoryData<string> BeamCases => [.. GoldenCases.With("beam3")];

    [Theory, MemberData(nameof(GreedyCases))]
    public void Generate_Greedy_GivesReferenceTokens(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        Compare(golden, "greedy", new GenerationOptions());
    }

    [Theory, MemberData(nameof(BeamCases))]
    public void Generate_ThreeBeams_GivesReferenceTokens(string name)
    {
        using GoldenCase golden = GoldenCase.Open(name);
        Compare(golden, "beam3", new GenerationOptions { NumBeams = 3 });
    }

    private static void Compare(GoldenCase golden, string name, GenerationOptions options)
    {
        int[] prompt = FirstRow(golden.Expected("input_ids"));
        int[] expected = FirstRow(golden.Expected(name));
        using TokenGenerator generator = new(golden.Model);
        GeneratedTokens result = generator.Generate(prompt, options with { MaxNewTokens = 10, PadTokenId = 0 });
        int[] ids = [.. prompt, .. result.Ids];
        Assert.Equal(expected, ids);
    }

    private static int[] FirstRow(Tensor ids) => [.. ids.select(0, 0).data<long>().Select(id => (int)id)];
}
