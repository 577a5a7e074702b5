"""What of a built-in type cannot be patched so that everybody sees it, and why.

The bytecode interpreter does some operations on exact built-in types itself, without looking at the
type. Which ones, it says: each is an opcode that it specialises others into, so the list is made
from the interpreter that runs. Others are shortcuts of C functions that all versions have.
"""

import re
import sys
from _thread import RLock
from _weakref import ref
from functools import partial
from types import CodeType, CoroutineType

from ._native import _type_facts
from ._targets import UnpatchableError
from ._typeslots import asked_of

_STATIC_BUILTIN, _HEAP, _VECTORCALL = 1 << 1, 1 << 9, 1 << 11

_TYPES = {
    "BOOL": bool,
    "DICT": dict,
    "FLOAT": float,
    "FROZENSET": frozenset,
    "INT": int,
    "LIST": list,
    "NONE": type(None),
    "RANGE": type(iter(range(0))),
    "SET": set,
    "STR": str,
    "TUPLE": tuple,
    "UNICODE": str,
}
_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_WORDS = "|".join(_TYPES)
_OPCODES = [
    (rf"BINARY_OP(?:_INPLACE)?_ADD_({_WORDS})", ("__add__", "__radd__", "__iadd__")),
    (rf"BINARY_OP_SUBTRACT_({_WORDS})", ("__sub__", "__rsub__", "__isub__")),
    (rf"BINARY_OP_MULTIPLY_({_WORDS})", ("__mul__", "__rmul__", "__imul__")),
    (rf"BINARY_(?:OP_)?SUBSCR_U?({_WORDS})(?:_.*)?", ("__getitem__",)),
    (rf"STORE_SUBSCR_({_WORDS})(?:_.*)?", ("__setitem__",)),
    (rf"COMPARE_OP_({_WORDS})(?:_.*)?", _COMPARISONS),
    (rf"CONTAINS_OP_({_WORDS})", ("__contains__",)),
    (rf"TO_BOOL_({_WORDS})", ("__bool__", "__len__")),
    (rf"UNPACK_SEQUENCE_({_WORDS})", ("__iter__",)),
]
_MIXED = ("add", "sub", "mul", "truediv", "and", "or", "xor", "lshift", "rshift")

_CALLING = (
    type(list.append),
    type(list.__len__),
    type([].__len__),
    type(vars(dict)["fromkeys"]),
    type(vars(type)["__mro__"]),
    type(vars(type)["__doc__"]),
    type(len),
    type(lambda: None),
    type(vars(type(lambda: None))["__closure__"]),
    type((lambda: None).__get__(1)),
)

# Shortcuts of C functions for exact types, in every version.
_SHORTCUTS = {
    str: (
        "__str__",
        "__format__",
        "__hash__",
        "__eq__",
        "__ne__",
        "__add__",
        "__float__",
        "__complex__",
        "__fspath__",
    ),
    int: ("__format__", "__index__", "__int__", "__repr__", "__str__"),
    float: ("__float__", "__format__", "__trunc__", "__floor__", "__ceil__"),
    complex: ("__complex__", "__format__"),
    bool: ("__bool__", "__index__", "__int__"),
    type(None): ("__bool__",),
    bytes: ("__bytes__", "__fspath__"),
    memoryview: ("__buffer__",),
    list: ("__iter__",),
    tuple: ("__iter__",),
    dict: ("__iter__", "__missing__"),
    CoroutineType: ("__await__",),
    property: ("__get__",),
    super: ("__init__", "__getattribute__"),
    type: ("__instancecheck__", "__subclasscheck__"),
}


# What everything rests on, the dicts of namespaces and what takes a patch back included.
_BINDING = ("__get__", "__set__", "__delete__")  # which classes would ask of what they hold
_NEEDED = {
    int: ("__hash__", "__eq__", "__ne__", *_BINDING),
    bool: ("__eq__", "__ne__", *_BINDING),
    type(None): _BINDING,
    str: ("__getitem__", *_BINDING),
    tuple: ("__hash__", "__eq__", "__getitem__", *_BINDING),
    # By which the compiler merges constants and code: one that lies makes code that crashes.
    bytes: ("__hash__", "__eq__"),
    CodeType: ("__hash__", "__eq__"),
    dict: ("__contains__", "__getitem__", "__setitem__", "__delitem__"),
    type: (
        "__hash__",
        "__eq__",
        "__getattribute__",
        "__getattr__",
        "__setattr__",
        "__delattr__",
        "__subclasses__",
    ),
    type(vars(type)): ("__contains__", "__getitem__", "__iter__"),
    type(_ for _ in ()): ("__iter__", "__next__"),
    partial: ("__init__",),
    ref: ("__call__", "__init__"),
    type(iter([])): ("__next__",),
    type(iter(())): ("__next__",),
    type(re): ("__getattribute__",),
    RLock: ("__getattribute__", "__enter__", "__exit__", "acquire", "release", "_is_owned"),
}


def opcodes():
    """The names of the specialised opcodes of this interpreter; none before 3.11."""
    try:
        from _opcode_metadata import _specializations as found  # 3.13
    except ImportError:
        import opcode

        found = getattr(opcode, "_specializations", {})
    return [name for names in found.values() for name in names]


def specialised(names):
    """Which special methods of which types those opcodes go past: sets of names by type."""
    found = {}
    for opcode in names:
        for pattern, methods in _OPCODES:
            match = re.fullmatch(pattern, opcode)
            if match:
                found.setdefault(_TYPES[match[1]], set()).update(methods)
        if opcode == "BINARY_OP_EXTEND":  # of numbers, also of different types
            methods = {f"__{side}{name}__" for name in _MIXED for side in ("", "r", "i")}
            for cls in (int, float):
                found.setdefault(cls, set()).update(methods)
        if re.fullmatch("FOR_ITER_(LIST|TUPLE|RANGE)", opcode):
            thing = {"LIST": [], "TUPLE": (), "RANGE": range(0)}[opcode[9:]]
            found.setdefault(type(iter(thing)), set()).add("__next__")
        if opcode in ("FOR_ITER_GEN", "SEND_GEN"):
            found.setdefault(type(_ for _ in ()), set()).add("__next__")
        if opcode == "GET_ITER_VIRTUAL":  # from 3.15 on these are counted through
            for cls in (bytes, list, str, tuple):
                found.setdefault(cls, set()).add("__iter__")
        if opcode == "CONTAINS_OP_SET":
            found.setdefault(frozenset, set()).add("__contains__")
    return found


_specialised = None


def check(cls, name, uses_slots):
    """Raise UnpatchableError for an attribute that cannot be patched so that everybody sees it."""
    reason = (
        _never(cls, name)
        or _reason_of_root(cls, uses_slots)
        or _reason_of_calls(cls, name)
        or _reason_of_opcodes(cls, name)
        or _reason_of_needs(cls, name)
    )
    if reason:
        raise UnpatchableError(f"cannot patch {name} of {cls!r}: {reason}")


def check_dict(cls, name, uses_slots, problem):
    """Raise UnpatchableError for an entry that cannot be changed here; `problem` is why it must."""
    reason = _reason_of_build(cls) or _reason_of_interpreter(cls, uses_slots)
    if reason:
        also = f". Nor can its definition carry the value: {problem}" if problem else ""
        raise UnpatchableError(f"cannot patch {name} of {cls!r}: {reason}{also}")


def _never(cls, name):
    meta = asked_of(type(cls), name)
    if meta is not None:
        return f"reading it asks the metaclass, by an entry of {meta.__name__}, not the type itself"
    if name == "__new__":
        return "C code makes instances without it; wrap the name of the type where it is used"
    if name == "__del__":
        return "instances of types written in C are freed without it; use weakref.finalize()"
    return None


def _reason_of_root(cls, uses_slots):
    # Making a class crashes where object has one of the suites that CPython knows it without.
    if cls is object and uses_slots:
        return "every class takes its C slots over from object; patch the classes that are meant"
    return None


def _reason_of_calls(cls, name):
    if cls in _CALLING and name in ("__call__", "__get__", "__set__", "__delete__"):
        return "calls of the patch itself would need it"
    if name == "__call__" and cls.__flags__ & _VECTORCALL:
        return "instances are called by a pointer of their own (vectorcall), which goes past it"
    if name == "__init__" and (_type_facts(cls)[0] or cls in (str, tuple, type)):
        return "calling the type goes past it (vectorcall); wrap its name where it is used"
    return None


def _reason_of_needs(cls, name):
    if _lists(_NEEDED, cls, name):
        return (
            f"namespaces, and taking the patch back, need it of exact {cls.__name__} objects; "
            "derive a class"
        )
    return None


def _reason_of_opcodes(cls, name):
    global _specialised
    if _lists(_SHORTCUTS, cls, name):
        return (
            f"CPython goes past it for exact {cls.__name__} objects, so that only some of the "
            "program would see the patch; derive a class"
        )
    if _specialised is None:
        _specialised = specialised(opcodes())
    if _lists(_specialised, cls, name):
        version = ".".join(map(str, sys.version_info[:2]))
        return (
            f"CPython {version} specialises this operation on exact {cls.__name__} objects where "
            "it runs often and goes past the type there; derive a class"
        )
    return None


def _lists(table, cls, name):
    """Whether a name stands under a class, found without methods, which may be patched."""
    return cls in table and any(name == other for other in table[cls])


def _reason_of_build(cls):
    debug = hasattr(sys, "gettotalrefcount")
    if debug and sys.version_info >= (3, 14) and cls.__flags__ & _STATIC_BUILTIN:
        return (
            "debug builds of CPython assert that built-in types do not change; use a release build"
        )
    return None


def _reason_of_interpreter(cls, uses_slots):
    if cls.__flags__ & _HEAP or _type_facts(cls)[1]:
        return None
    if sys.version_info < (3, 12):
        return "before CPython 3.12 all interpreters share its dict; patch it in the main one"
    if uses_slots:
        return "all interpreters share its C slots; patch it in the main one"
    return None
