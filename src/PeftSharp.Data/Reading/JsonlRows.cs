namespace PeftSharp.Data;

internal static class JsonlRows
{
    public static IEnumerable<DataRow> Read(string path)
    {
        JsonRowBuilder builder = new();
        bool any = false;
        foreach ((RowPlace place, string text) in Utf8Lines.Read(path))
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            any = true;
            yield return builder.Row(place, text);
        }

        if (!any)
            throw new InvalidDataException($"{path} is empty.");
    }
}
