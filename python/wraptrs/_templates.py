"""Small compiled functions that stand in for a patched one: they pass its calls on.

What they call are free variables, held by closure cells: constants of a code object are invisible
to the cycle collector, cells are not. Templates are compiled once for each shape and then dressed
with the name, file and line of the function they stand in for.
"""

import sys
from types import CellType, FunctionType, MethodType

GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200
KINDS = GENERATOR | COROUTINE | ASYNC_GENERATOR
ITERABLE_COROUTINE = 0x100  # types.coroutine: a generator that can be awaited
VARARGS, VARKEYWORDS = 0x04, 0x08
KIND_NAMES = {
    0: "plain function",
    GENERATOR: "generator function",
    COROUTINE: "coroutine function",
    ASYNC_GENERATOR: "async generator function",
}

# From 3.11 on the flags of a code object only tell what it is, and its instructions make it so: a
# plain function may carry those of a coroutine function and hand the coroutine through untouched.
FLAGS_ONLY_TELL = sys.version_info >= (3, 11)

_ABSENT = type("_Absent", (), {"__slots__": (), "__repr__": lambda self: "<absent>"})()
_CACHE_LIMIT = 1024
_TABLE = "co_linetable" if sys.version_info >= (3, 10) else "co_lnotab"
_makers = {}
_tables = {}  # line tables, by the length of the code
_leaders = {}
_wrapping = {}  # makers, by method or not, always on or not, and kind
_signatures = {}  # parameters and a call, by what code tells of its parameters
_OURS = frozenset(("P", "N", "Stop", "Exit", "Any"))  # free variables of templates
_CALLED, _DOC = "wraptrs: what is called", "wraptrs: the docstring"
_ERRORS = StopAsyncIteration, GeneratorExit, BaseException

_HEADER = """\
def make(W, O, E, P, B, N, Stop, Exit, Any):
    {prefix}def t({parameters}): {line}
"""
_DELEGATE = """
        source = {call}
        try:
            item = await source.__anext__()
            while True:
                try:
                    sent = yield item
                except Exit:
                    await source.aclose()
                    raise
                except Any as error:
                    item = await source.athrow(error)
                else:
                    item = await (source.__anext__() if sent is N else source.asend(sent))
        except Stop:
            return
"""
_REAL = {
    GENERATOR: ("", "return (yield from {call})"),
    COROUTINE: ("async ", "return await {call}"),
    ASYNC_GENERATOR: ("async ", _DELEGATE),
}
_ADAPTED = {
    GENERATOR: ("", "return (yield from {call})"),
    COROUTINE: ("async ", "return {call}"),
    ASYNC_GENERATOR: ("async ", "\n        for item in {call}: yield item"),
}


def kind_of(code):
    """Which of the four kinds of function a code object makes, as its flag; 0 for a plain one."""
    return code.co_flags & KINDS


def wrapping(wrapper, wrapped, enabled, method, kind):
    """A function of a kind that calls a wrapper as wrapt does.

    `method` tells that the first argument is the instance. `enabled`, unless None, is asked at
    each call. Returns the function; its defaults belong to it.
    """
    key = bool(method), enabled is None, 0 if FLAGS_ONLY_TELL else kind & KINDS
    make = _wrapping.get(key)
    if make is None:
        make = _wrapping[key] = _wrapping_maker(*key)
    return make(wrapper, wrapped, enabled, None, MethodType, _ABSENT)


def _wrapping_maker(method, always, kind):
    if method:
        parameters = "I=N, /, *args, **kwargs"
        call = (
            "W(B(O, I), I, args, kwargs) if I is not N and I is not None "
            "else W(O, None, args if I is N else (I, *args), kwargs)"
        )
        direct = "O(I, *args, **kwargs) if I is not N else O(*args, **kwargs)"
    else:
        parameters = "*args, **kwargs"
        call, direct = "W(O, None, args, kwargs)", "O(*args, **kwargs)"
    if not always:
        call = f"({call}) if E() else ({direct})"
    return _make(parameters, f"({call})", kind, _REAL)


def passing(replacement, kind, parameters=None, adapted=False):
    """A function of a kind that calls the replacement.

    `parameters`, if given, is the replacement's code, whose parameters the function takes on.
    `adapted` tells that the replacement is a plain function, whatever the kind.
    """
    signature, call = ("*args, **kwargs", "P(*args, **kwargs)")
    if parameters is not None:
        signature, call = _signature_once(parameters) or (signature, call)
    kinds = _ADAPTED if adapted else _REAL
    return _make(signature, call, kind, kinds)(None, None, None, replacement, None, _ABSENT)


def leading(count, kind):
    """Code with `count` free variables that calls what a keyword default of its own holds.

    Returns the code and the name of that keyword, another one for each kind of code.
    """
    kind = 0 if FLAGS_ONLY_TELL else kind & KINDS
    name = f"_wraptrs_call_{kind}"
    key = count, kind
    code = _leaders.get(key)
    if code is None:
        prefix, line = _REAL[kind] if kind else ("", "return {call}")
        owned = ", ".join(f"_wraptrs_free_{index}" for index in range(count))
        lines = [f"def make({owned}):", f"    {prefix}def t(*args, {name}, **kwargs):"]
        if owned:
            lines.append(f"        nonlocal {owned}")
        if kind == ASYNC_GENERATOR:
            lines.append(f"        {name}, N, Stop, Exit, Any = {name}")
        lines.append("        " + line.format(call=f"{name}(*args, **kwargs)"))
        code = _leaders[key] = _compiled("\n".join(lines), count)
    return code, name


def birth(code, called, bound):
    """Code that stands in for another in the constants of a factory, to be dressed.

    It calls `called.call`, with cells of its own in front if its arguments shall be `bound`; its
    last constant is `called`.
    """
    kind = 0 if FLAGS_ONLY_TELL else kind_of(code)
    signature = _signature(code) if bound else None
    owned = [f"_wraptrs_free_{index}" for index in range(len(code.co_freevars))]
    declared, passed = "*args, **kwargs", "*args, **kwargs"
    if signature is not None:
        declared, passed = signature[0], signature[1][2:-1]
    if bound:
        cells = f"(lambda: ({', '.join(owned)})).__closure__" if owned else "None"
        passed = f"{cells}, {passed}"
    doc = FunctionType(code, {}, None, None, tuple(CellType() for _ in owned) or None).__doc__
    key = declared, passed, len(owned), kind, doc is None
    made = _leaders.get(key)
    if made is None:
        prefix, line = _REAL[kind] if kind else ("", "return {call}")
        call = f"{_CALLED!r}.call({passed})"
        if kind == ASYNC_GENERATOR:
            call += f"; N, Stop, Exit, Any = {_CALLED!r}.errors"
        lines = [f"def make({', '.join(owned)}):", f"    {prefix}def t({declared}):"]
        lines.append("        pass" if doc is None else f"        {_DOC!r}")
        if owned:
            lines.append(f"        nonlocal {', '.join(owned)}")
        lines.append("        " + line.format(call=call))
        made = _leaders[key] = _compiled("\n".join(lines), len(owned))
    filled = {_CALLED: called, _DOC: doc}
    consts = (filled.get(c, c) if type(c) is str else c for c in made.co_consts)
    return made.replace(co_consts=(*consts, called), co_freevars=code.co_freevars)


def _compiled(source, count):
    """The code of the function that a source with a `make` of so many parameters gives."""
    namespace = {}
    exec(compile(source + "\n    return t", "<wraptrs>", "exec"), namespace)
    return namespace["make"](*[None] * count).__code__


def led_value(function, kind):
    """What the keyword default of such code has to hold for it to call a function."""
    if kind & ASYNC_GENERATOR and not FLAGS_ONLY_TELL:
        return (function, None, *_ERRORS)
    return function


def _signature_once(code):
    """As `_signature`, in a template of ours, from the cache."""
    flags, count, keyword = code.co_flags, code.co_argcount, code.co_kwonlyargcount
    named = count + keyword + bool(flags & VARARGS) + bool(flags & VARKEYWORDS)
    flags &= VARARGS | VARKEYWORDS
    key = count, code.co_posonlyargcount, keyword, flags, code.co_varnames[:named]
    if key not in _signatures:
        if len(_signatures) >= _CACHE_LIMIT:
            _signatures.clear()
        _signatures[key] = _signature(code, _OURS)
    return _signatures[key]


def _signature(code, taken=frozenset()):
    """The parameters of a code object, and a call that passes them on; None if that cannot be,
    as where one has a name that is taken.
    """
    count, keyword = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames[: count + keyword + bool(code.co_flags & VARARGS)]
    extra = code.co_varnames[len(names) : len(names) + bool(code.co_flags & VARKEYWORDS)]
    if not all(map(_is_name, names + extra)) or taken.intersection(names + extra):
        return None
    declared, passed = list(names[:count]), list(names[:count])
    if code.co_posonlyargcount:
        declared.insert(code.co_posonlyargcount, "/")
    if code.co_flags & VARARGS:
        declared.append("*" + names[-1])
        passed.append("*" + names[-1])
    elif keyword:
        declared.append("*")
    declared += names[count : count + keyword]
    passed += [f"{name}={name}" for name in names[count : count + keyword]]
    declared += ["**" + name for name in extra]
    passed += ["**" + name for name in extra]
    return ", ".join(declared), f"P({', '.join(passed)})"


def _is_name(text):
    """Whether a parameter may have this name in source: code made by tools may have any."""
    from keyword import iskeyword

    return text.isidentifier() and not iskeyword(text) and text != "__debug__"


def _make(parameters, call, kind, kinds):
    """The maker of a template, from the cache or compiled."""
    kind &= KINDS
    if kinds is _REAL and FLAGS_ONLY_TELL:
        kind = 0
    key = parameters, call, kind, kinds is _REAL
    maker = _makers.get(key)
    if maker is None:
        prefix, line = kinds[kind] if kind else ("", "return {call}")
        source = _HEADER.format(prefix=prefix, parameters=parameters, line=line.format(call=call))
        namespace = {"__name__": __name__}
        exec(compile(source + "    return t\n", "<wraptrs>", "exec"), namespace)
        made = namespace["make"]
        if len(_makers) >= _CACHE_LIMIT:
            _makers.clear()

        def maker(wrapper, wrapped, enabled, replacement, bind, absent):
            return made(wrapper, wrapped, enabled, replacement, bind, absent, *_ERRORS)

        _makers[key] = maker
    return maker


def dressed(template, code, kind):
    """The code of a template under the name, file and line of another, and of a kind."""
    changes = {
        "co_name": code.co_name,
        "co_filename": code.co_filename,
        "co_firstlineno": code.co_firstlineno,
        "co_flags": template.co_flags | kind,
    }
    if sys.version_info >= (3, 11):
        changes["co_qualname"] = code.co_qualname
    units = len(template.co_code) // 2
    table = _tables.get(units)
    changes[_TABLE] = _lines(units) if table is None else table
    return template.replace(**changes)


def _lines(units):
    """A line table for code of so many units, from now on in the cache."""
    if sys.version_info >= (3, 11):
        lines = _one_line(units, 8, lambda n: (0x80 | 13 << 3 | n - 1, 0))
    elif sys.version_info >= (3, 10):
        lines = _one_line(2 * units, 254, lambda n: (n, 0))
    else:
        lines = b""
    if len(_tables) >= _CACHE_LIMIT:
        _tables.clear()
    _tables[units] = lines
    return lines


def _one_line(length, most, entry):
    """A line table that puts everything on the first line, without columns."""
    table = bytearray()
    while length > 0:
        size = min(length, most)
        table += bytes(entry(size))
        length -= size
    return bytes(table)
