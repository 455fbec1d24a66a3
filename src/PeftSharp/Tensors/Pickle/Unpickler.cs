using static PeftSharp.Tensors.Pickle.PickleOpcode;

namespace PeftSharp.Tensors.Pickle;

/// <summary>
/// Runs a pickle on a machine that can make tensors, dictionaries, lists, tuples, numbers, texts, True, False and None and
/// nothing else. A pickle is a program; this machine has no instruction that leaves it: a Python name is looked up among the
/// few of <see cref="PickleGlobal"/>, classes and attributes do not exist. It does not recurse, and what it holds is bounded.
/// </summary>
/// <remarks>
/// Values: <see cref="long"/> or BigInteger, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>, byte[], null,
/// object?[] for a tuple, <see cref="PickleList"/>, <see cref="PickleDict"/>, <see cref="PickledStorage"/>,
/// <see cref="PickledTensor"/>, <see cref="PickleGlobal"/>. Source: Python's <c>Lib/pickletools.py</c>.
/// </remarks>
internal sealed class Unpickler
{
    private const int HighestProtocol = 5, MaximumNameLength = 500;
    private readonly PickleSource _source;
    private readonly PickleStack _stack;
    private readonly Func<object?, InvalidDataException, PickledStorage>? _storages;

    /// <param name="source">Where the pickle lies.</param>
    /// <param name="storages">Finds the storage of a persistent id; the exception is what to throw (with more words) if there is none. Null where ids are an error.</param>
    private Unpickler(PickleSource source, Func<object?, InvalidDataException, PickledStorage>? storages) =>
        (_source, _stack, _storages) = (source, new PickleStack(source), storages);

    /// <summary>Reads one pickle; the source is left after its end.</summary>
    /// <exception cref="InvalidDataException">It is malformed, asks for a Python object, or is too large; the message says where.</exception>
    public static object? Read(PickleSource source, Func<object?, InvalidDataException, PickledStorage>? storages)
    {
        Unpickler machine = new(source, storages);
        while (true)
        {
            long at = source.Position;
            PickleOpcode code = (PickleOpcode)source.ReadByte();
            if (code == Stop)
                return machine._stack.Pop();
            machine.Step(code, at);
        }
    }

    private void Step(PickleOpcode code, long at)
    {
        if (!Simple(code) && !Number(code) && !Text(code) && !Memo(code) && !Container(code))
            Python(code, at);
    }

    private bool Simple(PickleOpcode code)
    {
        switch (code)
        {
            case Proto:
                if (_source.ReadByte() is var protocol and > HighestProtocol)
                    throw _source.Bad($"it is of protocol {protocol}; up to {HighestProtocol} are known");
                return true;
            case Frame:
                // Frames only tell how much may be read at once.
                _source.ReadUInt64();
                return true;
            case PickleOpcode.Mark:
                _stack.Mark();
                return true;
            case PopMark:
                _stack.PopToMark();
                return true;
            case Pop:
                if (!_stack.TakeMarkOnTop())
                    _stack.Pop();
                return true;
            case Dup:
                _stack.Push(_stack.Top());
                return true;
            case None:
                return Push(null);
            case NewTrue:
                return Push(true);
            case NewFalse:
                return Push(false);
            default:
                return false;
        }
    }

    private bool Number(PickleOpcode code) => code switch
    {
        BinInt1 => Push((long)_source.ReadByte()),
        BinInt2 => Push((long)_source.ReadUInt16()),
        BinInt => Push((long)_source.ReadInt32()),
        Int => Push(PickleText.Decimal(_source, withBool: true)),
        Long => Push(PickleText.Decimal(_source, withBool: false)),
        Long1 => Push(PickleText.Number(_source, _source.ReadByte())),
        Long4 => Push(PickleText.Number(_source, _source.ReadUInt32())),
        BinFloat => Push(_source.ReadDouble()),
        Float => Push(PickleText.Real(_source)),
        _ => false,
    };

    private bool Text(PickleOpcode code) => code switch
    {
        ShortBinUnicode or ShortBinString => Push(PickleText.Utf8(_source, _source.ReadByte())),
        // A negative length of the old form is a huge one here, and refused as that.
        BinUnicode or BinString => Push(PickleText.Utf8(_source, _source.ReadUInt32())),
        BinUnicode8 => Push(PickleText.Utf8(_source, _source.ReadUInt64())),
        PickleOpcode.String => Push(PickleText.Quoted(_source)),
        Unicode => Push(PickleText.RawUnicode(_source)),
        ShortBinBytes => Push(_source.ReadBytes(_source.ReadByte()).ToArray()),
        BinBytes => Push(_source.ReadBytes(_source.ReadUInt32()).ToArray()),
        BinBytes8 or ByteArray8 => Push(_source.ReadBytes(_source.ReadUInt64()).ToArray()),
        _ => false,
    };

    private bool Memo(PickleOpcode code)
    {
        switch (code)
        {
            case Put:
                _stack.Remember(Index());
                return true;
            case BinPut:
                _stack.Remember(_source.ReadByte());
                return true;
            case LongBinPut:
                _stack.Remember(_source.ReadUInt32());
                return true;
            case Memoize:
                _stack.Remember();
                return true;
            case Get:
                return Push(_stack.Recall(Index()));
            case BinGet:
                return Push(_stack.Recall(_source.ReadByte()));
            case LongBinGet:
                return Push(_stack.Recall(_source.ReadUInt32()));
            default:
                return false;
        }
    }

    private bool Container(PickleOpcode code)
    {
        switch (code)
        {
            case EmptyList:
                return Push(new PickleList());
            case EmptyDict:
                return Push(new PickleDict());
            case EmptyTuple:
                return Push(Array.Empty<object?>());
            case PickleOpcode.Tuple:
                return Push(_stack.PopToMark());
            case Tuple1:
                return Push(_stack.Pop(1));
            case Tuple2:
                return Push(_stack.Pop(2));
            case Tuple3:
                return Push(_stack.Pop(3));
            case PickleOpcode.List:
                return Push(AddTo(new PickleList(), _stack.PopToMark()));
            case PickleOpcode.Dict:
                return Push(AddTo(new PickleDict(), _stack.PopToMark()));
            case Append:
                object?[] one = _stack.Pop(1);
                AddTo(Top<PickleList>("a list"), one);
                return true;
            case Appends:
                object?[] some = _stack.PopToMark();
                AddTo(Top<PickleList>("a list"), some);
                return true;
            case SetItem:
                object?[] pair = _stack.Pop(2);
                AddTo(Top<PickleDict>("a dictionary"), pair);
                return true;
            case SetItems:
                object?[] pairs = _stack.PopToMark();
                AddTo(Top<PickleDict>("a dictionary"), pairs);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What would reach into Python: names, calls, states, objects kept outside of the pickle.</summary>
    private void Python(PickleOpcode code, long at)
    {
        switch (code)
        {
            case Global:
                string module = PickleText.Line(_source, MaximumNameLength);
                _stack.Push(PickleGlobal.Find(module, PickleText.Line(_source, MaximumNameLength), _source, at));
                return;
            case StackGlobal:
                if (_stack.Pop(2) is not [string from, string name])
                    throw _source.Bad("it names a Python object by something that is not text", at);
                _stack.Push(PickleGlobal.Find(from, name, _source, at));
                return;
            case Inst:
                // The name of a class and its arguments: never one of those that are known.
                module = PickleText.Line(_source, MaximumNameLength);
                name = PickleText.Line(_source, MaximumNameLength);
                _stack.PopToMark();
                throw Class(PickleGlobal.Find(module, name, _source, at), at);
            case Obj:
                throw Class(_stack.PopToMark() is [PickleGlobal first, ..] ? first : null, at);
            case NewObj:
                throw Class(_stack.Pop(2)[0], at);
            case NewObjEx:
                throw Class(_stack.Pop(3)[0], at);
            case Reduce:
                object?[] call = _stack.Pop(2);
                _stack.Push(TensorCalls.Call(call[0], call[1], _source, at));
                return;
            case Build:
                // A state_dict carries the versions of its modules as an attribute of the dictionary; nothing reads them.
                object? state = _stack.Pop();
                if (_stack.Top() is not PickleDict || state is not PickleDict)
                    throw _source.Bad("it sets the attributes of an object, which only dictionaries may have", at);
                return;
            case BinPersId:
                _stack.Push(Storage(_stack.Pop(), at));
                return;
            case PersId:
                throw _source.Bad($"it refers to the outside object {Shown.Quote(PickleText.Line(_source, MaximumNameLength))}; only storages may be outside", at);
            case EmptySet or AddItems or FrozenSet:
                throw _source.Bad("it makes a set; only tensors, dictionaries, lists, numbers and text are read", at);
            case Ext1 or Ext2 or Ext4:
                throw _source.Bad("it asks for a Python object by a registered number, which no file of weights does", at);
            case NextBuffer or ReadOnlyBuffer:
                throw _source.Bad("it refers to a buffer outside of the file", at);
            default:
                throw _source.Bad($"byte 0x{(byte)code:X2} is no pickle operation: the file is damaged or not a pickle", at);
        }
    }

    private PickledStorage Storage(object? id, long at)
    {
        InvalidDataException bad = _source.Bad("it refers to an object outside of itself that is not a storage", at);
        return _storages is null ? throw bad : _storages(id, bad);
    }

    private InvalidDataException Class(object? named, long at) => _source.Bad(
        $"it makes an instance of {(named is PickleGlobal global ? $"\"{global.Name}\"" : "a class")}; only tensors, dictionaries, lists, numbers and text are read", at);

    private bool Push(object? value)
    {
        _stack.Push(value);
        return true;
    }

    private long Index() => PickleText.Decimal(_source, withBool: false) as long? ?? -1;

    private T Top<T>(string what) where T : class => _stack.Top() as T ?? throw _source.Bad($"it adds to something that is not {what}");

    private static PickleList AddTo(PickleList list, object?[] values)
    {
        foreach (object? value in values)
            list.Add(value);
        return list;
    }

    private PickleDict AddTo(PickleDict dict, object?[] values)
    {
        if (values.Length % 2 != 0)
            throw _source.Bad("a dictionary gets a key without a value");
        for (int i = 0; i < values.Length; i += 2)
            dict.Add(values[i], values[i + 1]);
        return dict;
    }
}
