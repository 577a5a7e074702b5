"""The layers that lie on a function, and the one state that is installed for all of them.

The record of a patched function lives in its own keyword defaults, which are a dict with one more
slot while it is patched: the cycle collector sees it there, no key appears in the function's
`__dict__`, and it goes when the function goes. Adding, removing or switching any layer composes the
state anew from the original one and the layers that are on, so the order of reverts is free.

Frames of CPython 3.11 and later borrow globals and builtins from the function. Where a state with
globals of its own is taken out of a function, they are kept for as long as its code object, which
was made for this one function and so lives on in frames alone.
"""

import sys
from _thread import RLock
from types import CellType, FunctionType
from weakref import ref

from ._native import _function_state, _layout_holds, _transplant
from ._patch import PatchConflictError

CODE, GLOBALS, BUILTINS, DEFAULTS, KEYWORDS, CLOSURE, ANNOTATIONS = range(7)
BORROWED = sys.version_info >= (3, 11)

lock = RLock()
_lent = {}  # by the id of a weak reference to code: that, and what frames of the code borrow
ABSENT = object()


class _Keywords(dict):
    """The keyword defaults of a patched function, which carry its record."""

    __slots__ = ("record",)

    def __reduce__(self):
        return dict, (dict(self),)


class Record:
    """One patched function: how it was, the layers on it, and what is installed now."""

    __slots__ = ("_original", "base", "function", "installed", "layers", "shown", "wrapped")

    def __init__(self, function):
        self.function = function
        self.base = _function_state(function)
        self.installed = None
        self.layers = []
        self.wrapped = function.__dict__.get("__wrapped__", ABSENT)
        self.shown = ABSENT  # what we put into __wrapped__
        self._original = None

    def __del__(self):
        """Somebody overwrote the keyword defaults, and nobody has a handle: keep what frames of
        the first code may have borrowed. A record that dies with its function is still in them.
        """
        if _Keywords is None or self.installed is None:  # the interpreter ends, or nothing is on
            return
        if record_of(self.function) is not self:
            _lend(self.base, self.installed)

    def original(self):
        """A function with the behaviour that the patched one had."""
        if self._original is None:
            self._original = self.made(self.base, self.wrapped)
        return self._original

    def made(self, state, shown):
        """A function with a state and `__wrapped__`, with all else as the patched one has it."""
        function = self.function
        made = FunctionType(state[CODE], state[GLOBALS], function.__name__, None, state[CLOSURE])
        _transplant(made, state)
        made.__qualname__ = function.__qualname__
        made.__module__ = function.__module__
        made.__doc__ = function.__doc__
        made.__dict__.update(function.__dict__)
        made.__dict__.pop("__wrapped__", None)
        if shown is not ABSENT:
            made.__wrapped__ = shown
        return made

    def beneath(self, layer):
        """A callable with the behaviour under a layer, or under all when it is not on."""
        below = self.original()
        if layer not in self.layers:
            return below
        for other in self.active(layer):
            if other is layer:
                break
            below = self.made(*other.compose(self, below))
        return below

    def active(self, layer=None):
        """The layers that are on, and the one given, from the inside out.

        They lie as they came, except that what changes the function itself goes under the wrappers.
        """
        made, wrappers = [], []
        on = [other for other in self.layers if other.enabled or other is layer]
        if layer is not None and layer not in on:
            on.append(layer)
        for other in on:
            if other.replaces:
                made += [*wrappers, other]
                wrappers.clear()
            else:
                (made if other.rewrites else wrappers).append(other)
        return made + wrappers

    def compose(self):
        """The state for the layers that are on, and what `__wrapped__` shall be."""
        active = self.active()
        if not active:
            return self.base, self.wrapped
        *lower, top = active
        below = None if top.replaces else self.original()
        start = max((i for i, layer in enumerate(lower) if layer.replaces), default=0)
        for layer in lower[start:] if below is not None else ():
            below = self.made(*layer.compose(self, below))
        return top.compose(self, below)


def record_of(function):
    """The record of a patched function, None for any other."""
    keywords = function.__kwdefaults__
    record = getattr(keywords, "record", None) if type(keywords) is _Keywords else None
    return record if record is not None and record.function is function else None


def add(function, layer):
    """Put a layer on top of a function and give back its record.

    Raises PatchConflictError where the function was patched and then changed by somebody else, and
    what an audit hook raises, with nothing changed.
    """
    with lock:
        while True:
            record = record_of(function) or Record(function)
            record.layers.append(layer)
            try:
                install(record)
            except BaseException as error:
                record.layers.remove(layer)
                # An audit hook patched the same function meanwhile: go on top of that.
                conflict = isinstance(error, PatchConflictError) and record.installed is None
                if conflict and record_of(function) not in (None, record):
                    continue
                raise
            return record


def remove(record, layer, force):
    """Take a layer off, wherever it lies; with force, whatever stands in the function now."""
    with lock:
        place = record.layers.index(layer)
        del record.layers[place]
        try:
            install(record, force)
        except BaseException:
            record.layers.insert(place, layer)
            raise


def install(record, force=False):
    """Make a function do what its layers say."""
    function = record.function
    while True:
        expected = record.installed or record.base
        state, shown = record.compose()
        if record.layers:
            keywords = _Keywords(state[KEYWORDS] or ())
            keywords.record = record
            state = (*state[:KEYWORDS], keywords, *state[KEYWORDS + 1 :])
        sys.audit("object.__setattr__", function, "__code__", state[CODE])
        try:
            if _transplant(function, state, None if force else expected):
                break
        except BaseException:
            if state is not record.base:
                _lend(state, expected)  # it stood there until an audit hook refused it
            raise
        if (record.installed or record.base) is expected:
            raise PatchConflictError(
                f"{function!r} was changed by somebody else since it was patched: revert that "
                "change first, or revert with force=True"
            )
    record.installed = state if record.layers else None
    if expected is not record.base:  # which the record keeps
        _lend(expected, state)
    _show(record, shown)


def _lend(former, state):
    """Keep what running frames of a former state may have borrowed from the function."""
    if not BORROWED:
        return
    if former[GLOBALS] is state[GLOBALS] and former[BUILTINS] is state[BUILTINS]:
        return
    watch = ref(former[CODE], _give_back)
    _lent[id(watch)] = watch, former[GLOBALS], former[BUILTINS]


def _give_back(watch):
    _lent.pop(id(watch), None)


def _show(record, shown):
    """Set `__wrapped__`, by which signatures are found, unless somebody else did."""
    attributes = record.function.__dict__
    present = attributes.get("__wrapped__", ABSENT)
    if present is not (record.wrapped if record.shown is ABSENT else record.shown):
        return
    if shown is ABSENT:
        attributes.pop("__wrapped__", None)
    else:
        attributes["__wrapped__"] = shown
    record.shown = ABSENT if shown is record.wrapped else shown


def own_code(state, base):
    """A state whose code no other function has, where frames may borrow its globals alone."""
    if BORROWED and (state[GLOBALS] is not base[GLOBALS] or state[BUILTINS] is not base[BUILTINS]):
        return (state[CODE].replace(), *state[1:])
    return state


def rebound(state, owner):
    """A state whose `super()` means the class that a method is patched into."""
    names = state[CODE].co_freevars
    if owner is None or "__class__" not in names:
        return state
    cells = list(state[CLOSURE])
    cells[names.index("__class__")] = CellType(owner)
    return (*state[:CLOSURE], tuple(cells), *state[CLOSURE + 1 :])


def _probe():
    enclosed = None

    def probe(a: int = 1, *, b: int = 2):
        return enclosed, a, b

    return probe


WORKS = bool(_layout_holds(_probe()))
"""Whether functions can be changed in place on this interpreter."""
