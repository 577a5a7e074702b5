"""Layers on C functions and methods: what lies on each, what is put there, and what cannot be.

Python functions carry their record themselves; the definition of a C function has no place for
one, so the records of this interpreter stand here by the address of the definition, as long as
there are layers. Calls that are already in the C function finish there; calls that reach it through
the function see the layers; C code that calls the C function underneath directly never does.

The functions of this module are called while C functions are patched, whichever those are, so that
they use operators and not methods where they can.
"""

import sys
from types import ModuleType

from ._native import (
    _definition,
    _definition_original,
    _definition_put,
    _definition_samples,
)
from ._patch import PatchConflictError

FUNCTION = type(len)
METHOD = type(str.upper)
CLASS_METHOD = type(dict.__dict__["fromkeys"])
METH_CLASS, METH_COEXIST = 0x10, 0x40

_records = {}
_checked = None

_JIT = getattr(sys, "_jit", None)  # asked for once: getattr() may be what is patched
_HOT = sys.version_info >= (3, 11)
_INLINED = sys.version_info >= (3, 14)

# What the interpreter, or the C function behind a builtin, does by itself where it finds the
# original object, without a call through it: place, name, which calls pass by, since when.
_PASSED_BY = [
    ("builtins", "len", "hot call sites", _HOT),
    ("builtins", "isinstance", "hot call sites", _HOT),
    (list, "append", "hot call sites", _HOT),
    ("builtins", "all", "calls with a generator expression", _INLINED),
    ("builtins", "any", "calls with a generator expression", _INLINED),
    ("builtins", "__import__", "import statements", True),
    (str, "__format__", "f-strings and format() with plain strings", True),
    (int, "__format__", "f-strings and format() with plain integers", True),
    (float, "__floor__", "calls of math.floor() with plain floats", True),
    (float, "__ceil__", "calls of math.ceil() with plain floats", True),
    (bytes, "__bytes__", "calls of bytes() with plain bytes", True),
    (complex, "__complex__", "calls of complex() with plain complex numbers", True),
    (object, "__reduce__", "copying and pickling", True),
    (type, "__instancecheck__", "calls of isinstance() with plain classes", True),
    (type, "__subclasscheck__", "calls of issubclass() with plain classes", True),
    (type, "mro", "making plain classes", True),
]


def is_native(kind):
    """Whether objects of a type are C functions or methods, which have a definition."""
    return kind is METHOD or kind is CLASS_METHOD or FUNCTION in kind.__mro__


def canonical(function):
    """What stands for a C function or method: the descriptor that a bound method came from.

    Returns it, and whether calls come with the instance, or the class, in front.
    """
    if FUNCTION not in type(function).__mro__:
        return function, True
    found, owner = _definition(function), function.__self__
    if found is None or owner is None or isinstance(owner, ModuleType):
        return function, False
    address, flags = found
    for cls in (owner if flags & METH_CLASS else type(owner)).__mro__:
        entry = _entry(cls.__dict__, function.__name__)
        if type(entry) in (METHOD, CLASS_METHOD) and _definition(entry)[0] == address:
            return entry, True
    return function, bool(flags & METH_CLASS)


def why_not(function):
    """Why a C function or method cannot be changed in place; None where it can."""
    found = _definition(function)
    if found is None:
        return "it is called in a way that this interpreter does not describe"
    if not works():
        return "C functions do not follow their definitions on this interpreter"
    name = function.__name__
    if name == "__new__" and isinstance(getattr(function, "__self__", None), type):
        return "one definition serves the __new__ of all classes written in C"
    if found[1] & METH_COEXIST and not name.startswith("__reduce"):
        return f"operators use what lies beneath {name} and never call it"
    for place, attribute, calls, holds in _PASSED_BY:
        if holds and attribute == name:
            space = sys.modules[place] if isinstance(place, str) else place
            if _definition(_entry(space.__dict__, name)) == found:
                return f"{calls} pass it by, since the interpreter does there what it does"
    return None


def _entry(space, name):
    """What stands in a namespace, without calling a method that may be patched."""
    return space[name] if name in space else None  # noqa: SIM401 - calls nothing


class Record:
    """A C function or method that is patched, and the layers on it."""

    __slots__ = ("_original", "address", "binds", "function", "layers")

    def __init__(self, function, binds):
        self.function = function
        self.binds = binds
        self.address = _definition(function)[0]
        self.layers = ()
        self._original = None

    def original(self):
        """A callable like the function, with the behaviour that it had."""
        if self._original is None:
            made = _definition_original(self.function, self.binds)
            if type(made) is str:
                raise self._refused(made)
            self._original = made
        return self._original

    def beneath(self, layer):
        """A callable with the behaviour under a layer, or under all when it is not on."""
        below = None
        for it in self.layers:
            if it is layer:
                below = self._composed(until=layer)
        return self.original() if below is None else below

    def _composed(self, until=None):
        """What calls go to; None where the layers that are on leave all as it was."""
        result = None
        for layer in self.layers:
            if layer is until:
                break
            if not layer.enabled:
                continue
            if layer.replaces:
                result = layer.over(None)
            else:
                below = self.original() if result is None else result
                result = layer.over(below)
        return result

    def install(self, force=False):
        """Make calls of the function do what its layers say."""
        wanted = self._composed()
        problem = _definition_put(self.function, self.binds, wanted, force)
        if problem is not None:
            raise self._refused(problem)
        _forget_compiled()

    def change(self, layers, force=False):
        """Install other layers, or keep those that there are where that fails."""
        former, self.layers, installed = self.layers, layers, None
        _records[self.address] = self
        try:
            while self.layers is not installed:  # an audit hook may have changed them meanwhile
                installed = self.layers
                self.install(force)
        except BaseException:
            self.layers = former
            self._put_former()
            raise
        finally:
            self._forget_where_done()

    def _put_former(self):
        """Put back what was there before, where a signal came between a change and its end."""
        try:
            _definition_put(self.function, self.binds, self._composed())
        except Exception:  # an audit hook refused that as well, and so the change before
            return

    def _forget_where_done(self):
        """Keep no record of what has no layers."""
        for _ in self.layers:
            return
        if self.address in _records:
            del _records[self.address]

    def _refused(self, problem):
        if problem == "changed":
            return PatchConflictError(
                f"{self.function!r} was changed by somebody else since it was patched: revert that "
                "change first, or revert with force=True"
            )
        from ._targets import UnpatchableError

        reasons = {
            "read-only": "its definition lies in memory that cannot be written",
            "unknown": "the system does not say whether its definition can be written",
            "exhausted": "as many C functions called like it were patched as one process can",
        }
        return UnpatchableError(
            f"cannot patch {self.function!r} in place: {reasons[problem]}; {INSTEAD}"
        )


INSTEAD = "replace the name where it is used with wrap_function_wrapper() or wrap_object()"


def add(function, layer):
    """Put a layer on top of a C function or method and give back its record."""
    record = record_of(function) or Record(*canonical(function))
    record.change((*record.layers, layer))
    return record


def record_of(function):
    """The record of a C function that is patched, None for any other."""
    return _entry(_records, _definition(function)[0])


def remove(record, layer, force):
    """Take a layer off, wherever it lies; with force, whatever stands in the definition now.

    None for force leaves what somebody else has put there.
    """
    record.change([it for it in record.layers if it is not layer], force)


def check(function, replacement, mode):
    """Refuse a mode that is not for C functions, and a replacement that is the function itself."""
    if mode not in ("auto", "methoddef"):
        raise TypeError(
            f"{function!r} is a C function, to which mode={mode!r} does not apply: use mode='auto'"
        )
    if _definition(replacement) == _definition(function):
        raise ValueError(f"cannot replace {function!r} by itself")


def _forget_compiled():
    """Drop machine code, which may hold the address of the former C function."""
    if _JIT is not None and _JIT.is_enabled():
        sys._clear_internal_caches()


def works():
    """Whether this interpreter honours what is put into definitions: tried on own functions."""
    global _checked
    if _checked is None:
        _checked = all(map(_follows, _definition_samples(), range(14)))
    return _checked


def _follows(sample, number):
    """Whether one sample follows its definition, at a call site that is hot, and comes back."""
    binds = type(sample) is METHOD
    name, keywords = _definition.__self__, {"c": 3} if number // 2 in (3, 5, 6) else {}
    given = {0: (), 1: (1,)}.get(number // 2, (1, 2))
    front = (name,) if binds else ()

    def answers(expected):
        try:
            return all(sample(*front, *given, **keywords) == expected for _ in range(40))
        except Exception:
            return False

    def replacement(*args, **kwargs):
        return "put", args, kwargs

    original = name, *given, *keywords.values()
    if not answers(original) or _definition_put(sample, binds, replacement) is not None:
        return False
    try:
        put = answers(("put", front + given, keywords))
        kept = _definition_original(sample, binds)(*front, *given, **keywords) == original
    finally:
        back = _definition_put(sample, binds, None) is None
    return put and kept and back and answers(original)
