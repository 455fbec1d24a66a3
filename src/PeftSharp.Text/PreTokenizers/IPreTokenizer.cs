using PeftSharp.Text.Pipeline;

namespace PeftSharp.Text.PreTokenizers;

/// <summary>One step of cutting a text into the pieces that a model sees. Stateless and safe for many threads.</summary>
internal interface IPreTokenizer
{
    void Apply(PieceBuffer pieces);
}
