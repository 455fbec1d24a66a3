namespace PeftSharp.Text.Pipeline;

/// <summary>What a stretch of an encoding is.</summary>
internal enum RunKind
{
    FirstSequence = 0,
    SecondSequence = 1,
    Special = 2,
    Padding = 3,
}

/// <summary>A stretch of tokens alike in kind and type: type ids, masks and sequence ids follow from a few of these.</summary>
internal readonly record struct EncodingRun(RunKind Kind, int TypeId, int Length);
